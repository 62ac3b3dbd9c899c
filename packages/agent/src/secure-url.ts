/** Where tokens may go: what carries them is encrypted, or does not leave this machine. */
import { DeviceError } from './device-error.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** @throws DeviceError `untrusted` */
export function trustedServer(server: string): URL {
  const url = secureUrl(server, 'http');
  if (url) return url;
  throw new DeviceError('untrusted', `${server} must be an https URL.`);
}

/**
 * An access URI as the server gave it. To this machine it leads from a server on this machine alone: any other would have
 * the device talk to what listens here.
 * @param server where the device is signed in
 * @throws DeviceError `untrusted`
 */
export function secureSocket(uri: unknown, server: string): string {
  const url = typeof uri === 'string' ? secureUrl(uri, 'ws') : undefined;
  const isFit = url && (!LOOPBACK.test(url.hostname) || LOOPBACK.test(new URL(server).hostname));
  if (isFit) return url.href;
  throw new DeviceError('untrusted', 'The server gave an address that is no wss URL.');
}

function secureUrl(text: string, scheme: 'http' | 'ws'): URL | undefined {
  const url = URL.parse(text);
  const isSecure = url?.protocol === `${scheme}s:` || (url?.protocol === `${scheme}:` && LOOPBACK.test(url.hostname));
  return isSecure && url ? url : undefined;
}
