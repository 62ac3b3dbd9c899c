const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/**
 * Whether a host is the machine itself, where plain http cannot be overheard.
 * @param host a name or address, without port; an IPv6 address with brackets or without
 */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
