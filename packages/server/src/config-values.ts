/** How texts of settings are read. Each throws an Error whose message says what the value must be. */
import { resolve } from 'node:path';
import { isLoopback } from './access/loopback.ts';
import { isOrganizationName, ORGANIZATION_NAME } from './access/organization.ts';

/** `off`, or a port; 0 picks a free one. */
export type Port = number | 'off';

export function readPort(text: string): Port {
  if (text === 'off') return 'off';
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('must be a port from 0 to 65535, or off');
  return Number(text);
}

export function readCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error('must be a whole number from 0 to 999999999');
  return Number(text);
}

export function readPositive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error('must be a whole number from 1 to 999999999');
  return Number(text);
}

export function readBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new Error('must be true or false');
  return text === 'true';
}

export function readHost(text: string): string {
  if (!/^[A-Za-z0-9.:_-]+$/.test(text)) throw new Error('must be an IP address or a host name');
  return text;
}

export function readFilePath(text: string): string {
  return resolve(text);
}

/** The folder of the installation, so that server and command find the same data from any working folder. */
const INSTALLATION = resolve(import.meta.dirname, '../../..');

export function readDataDir(text: string): string {
  return resolve(INSTALLATION, text);
}

export function readPublicUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw new Error('must be an http or https URL');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new Error('must be scheme, host and port alone: Graph clients know no path in front of /beta');
  }
  return url.origin;
}

/** An issuer's name is kept letter for letter; pages reach it, so it is https, or http on this machine. */
export function readIssuerUrl(text: string): string {
  const url = URL.parse(text);
  const isSafe = url && (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname)));
  if (!isSafe || url.search || url.hash || url.username || url.password) {
    throw new Error('must be an https URL without query, fragment or user');
  }
  return text;
}

export function readDatabaseUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^postgres(ql)?:$/.test(url.protocol)) throw new Error('must be a postgres:// URL');
  return text;
}

export function readLogLevel(text: string): string {
  if (!/^(fatal|error|warn|info|debug|trace|silent)$/.test(text)) {
    throw new Error('must be fatal, error, warn, info, debug, trace or silent');
  }
  return text;
}

/** A whole number within bounds, in some unit. @param unit what one of it is here, such as milliseconds in a minute */
export function readWithin(least: number, most: number, unit = 1): (text: string) => number {
  return (text) => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least || Number(text) > most) {
      throw new Error(`must be a whole number from ${least} to ${most}`);
    }
    return Number(text) * unit;
  };
}

/** RFC 7064 and RFC 7065, as browsers take them. */
const ICE_URL = /^(?:stuns?|turns?):[A-Za-z0-9.:[\]-]+(?:\?transport=(?:udp|tcp))?$/;

/** URLs with spaces or commas between them. */
export function readIceServers(text: string): readonly string[] {
  const urls = text.split(/[\s,]+/).filter((url) => url !== '');
  const odd = urls.find((url) => !ICE_URL.test(url));
  if (odd !== undefined) throw new Error(`must be stun:, turn: or turns: URLs, which ${odd.slice(0, 80)} is not`);
  return urls;
}

export function readOrganization(text: string): string {
  if (!isOrganizationName(text)) throw new Error(`must be ${ORGANIZATION_NAME}`);
  return text;
}
