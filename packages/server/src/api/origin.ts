/**
 * The scheme and host that a request was addressed to, for absolute URLs in its answer. Only names that are ours are
 * believed: a foreign Host header would otherwise plant links (and DNS rebinding would reach a loopback server).
 */
import { isLoopback } from '../access/loopback.ts';
import { DomainError } from '../errors.ts';

/** Which hosts are ours, and whether a proxy is believed. */
export interface OriginRules {
  /** Host names in the certificate, `*.` wildcards allowed, and of the public URL. Lower-case, without port. */
  readonly hostNames: readonly string[];
  /** Whether a reverse proxy in front is trusted to say scheme, host and source. */
  readonly isBehindProxy: boolean;
}

/** What the transport knows of a request. */
export interface Addressed {
  readonly isEncrypted: boolean;
  readonly remoteAddress: string;
  header(name: string): string | undefined;
}

const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/;

/**
 * `https://host:port` of a request.
 * @throws DomainError badRequest for a missing or foreign host
 */
export function originOf(request: Addressed, rules: OriginRules): string {
  const host = hostOf(request, rules);
  // Most requests name the same host as the one before.
  if (host !== latest.host || rules !== latest.rules) {
    requireOurs(host, rules);
    latest = { host, rules };
  }
  return `${schemeOf(request, rules)}://${host}`;
}

/** A host that was found to be one of ours by the rules. */
let latest: { readonly host?: string; readonly rules?: OriginRules } = {};

function requireOurs(host: string, { hostNames }: OriginRules): void {
  const name = HOST.exec(host)?.[1];
  const isOurs = name !== undefined && (isLoopback(name) || hostNames.some((known) => matches(known, name)));
  // A port that is none, or a number that no address has, would make a URL that nobody can read.
  if (isOurs && URL.canParse(`http://${host}`)) return;
  throw refused('The Host header names none of the hosts that this service answers for.');
}

/** Whether an origin (`https://help.example`) is one under which this service is reached. */
export function isOwnOrigin(origin: string, { hostNames }: Pick<OriginRules, 'hostNames'>): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, host } = new URL(origin);
  const name = HOST.exec(host)?.[1];
  const isWeb = protocol === 'https:' || protocol === 'http:';
  return isWeb && name !== undefined && (isLoopback(name) || hostNames.some((known) => matches(known, name)));
}

/**
 * Refuses a request that names no host or more than one (RFC 9112, 3.2). Not every answer needs an origin, but each
 * request must be the same to everybody on its way.
 * @throws DomainError badRequest
 */
export function requireOneHost(host: string | undefined, httpVersion: string): void {
  if (host === undefined ? httpVersion === '1.0' : !host.includes(',')) return;
  throw refused('A request has one Host header.');
}

/**
 * Whether browsers may be told to use HTTPS alone from now on (RFC 6797). Pinning localhost would lock people out of
 * every other server on their machine, and of our own HTTP port.
 */
export function isPinnable(request: Addressed, rules: OriginRules): boolean {
  return schemeOf(request, rules) === 'https' && !isLoopback(hostOf(request, rules).replace(/:\d+$/, ''));
}

/** The address that a request came from. */
export function sourceAddressOf(request: Addressed, rules: OriginRules): string {
  const forwarded = rules.isBehindProxy ? request.header('x-forwarded-for') : undefined;
  // The proxy appends the address it saw; what stands before it is the client's own claim.
  return forwarded?.split(',').at(-1)?.trim() || request.remoteAddress;
}

function hostOf(request: Addressed, rules: OriginRules): string {
  const forwarded = rules.isBehindProxy ? request.header('x-forwarded-host') : undefined;
  return (forwarded ?? request.header('host') ?? '').toLowerCase();
}

function refused(message: string): DomainError {
  return new DomainError('badRequest', message, { target: 'Host' });
}

function schemeOf(request: Addressed, rules: OriginRules): string {
  const forwarded = rules.isBehindProxy ? request.header('x-forwarded-proto')?.toLowerCase() : undefined;
  if (forwarded === 'https' || forwarded === 'http') return forwarded;
  return request.isEncrypted ? 'https' : 'http';
}

function matches(known: string, name: string): boolean {
  if (!known.startsWith('*.')) return known === name;
  return name.endsWith(known.slice(1)) && !name.slice(0, name.length - known.length + 1).includes('.');
}
