/** Requests and answers of the embedded issuer, below the level of oidc-provider. */
import { randomBytes } from 'node:crypto';
import { IncomingMessage, type ServerResponse } from 'node:http';
import type { Html } from '../html.ts';
import { contentSecurityPolicy, page } from './page.ts';

/** Carries the client's address to oidc-provider's handlers; a client's own header of that name is overwritten. */
const SOURCE_HEADER = 'x-remote-help-source';
const LARGEST_BODY = 56 * 1024;

/** The body was larger than 56 KiB. */
export class BodyTooLarge extends Error {}

/** @throws BodyTooLarge */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += (chunk as Buffer).length;
    if (length > LARGEST_BODY) throw new BodyTooLarge('The body is larger than 56 KiB.');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A request like the given one, but addressed to another path, with this body, and at an origin that was checked
 * already: what the client itself claims about it is overwritten.
 */
export function readdressed(
  request: IncomingMessage,
  { url, origin, source, body }: { url: string; origin: URL; source: string | undefined; body: string },
): IncomingMessage {
  const copy = new IncomingMessage(request.socket);
  copy.method = request.method ?? 'GET';
  copy.url = url;
  copy.httpVersion = request.httpVersion;
  copy.headers = {
    ...request.headers,
    host: origin.host,
    'x-forwarded-host': origin.host,
    'x-forwarded-proto': origin.protocol.slice(0, -1),
    [SOURCE_HEADER]: source ?? '',
  };
  delete copy.headers['transfer-encoding'];
  delete copy.headers['content-length'];
  if (copy.method === 'POST') copy.headers['content-length'] = String(Buffer.byteLength(body));
  if (body !== '') copy.push(body);
  copy.push(null);
  // Otherwise the end of the copy would count as an abort, and close the connection.
  copy.complete = true;
  return copy;
}

/** The client's address, of a request that was readdressed. */
export function addressOf(request: IncomingMessage): string | undefined {
  const value = request.headers[SOURCE_HEADER];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Whether the client came over HTTPS, of a request that was readdressed. */
export function isEncrypted(request: IncomingMessage): boolean {
  return request.headers['x-forwarded-proto'] === 'https';
}

/** How a policy names where a form may lead: an origin, or the scheme of a private one. */
export function formTargetOf(uri: string): string {
  const { protocol, origin } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? origin : protocol;
}

/** Answers with an OAuth error (RFC 6749, 5.2) or any other small JSON document. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(text);
}

/** A page to answer with; the status is 200 unless given. */
export interface PageFacts {
  readonly status?: number;
  readonly title: string;
  readonly body: Html;
  /** Where the answer of a form on the page may redirect to. */
  readonly formTargets?: readonly string[];
  readonly retryAfterSeconds?: number;
}

/** Answers with a page; every page has a style nonce of its own. */
export function sendPage(response: ServerResponse, facts: PageFacts): void {
  const { headers, text } = renderPage(facts);
  response.writeHead(facts.status ?? 200, {
    ...headers,
    'content-length': String(Buffer.byteLength(text)),
    ...(facts.retryAfterSeconds === undefined ? {} : { 'retry-after': String(facts.retryAfterSeconds) }),
  });
  response.end(text);
}

/** A page and the headers that it needs. */
export function renderPage({ title, body, formTargets }: Omit<PageFacts, 'status'>) {
  const nonce = randomBytes(16).toString('base64');
  return {
    text: page(title, nonce, body),
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy(nonce, formTargets),
      'cache-control': 'no-store',
      // With no-referrer a browser would send `Origin: null` along with a form.
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    },
  };
}
