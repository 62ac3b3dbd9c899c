/** The body of an HTTP request: gunzipped, UTF-8, at most 1 MB unless a route takes less. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DomainError } from '../errors.ts';
import { requireJson } from './graph-request.ts';

/** Largest body, in bytes, after decompression. */
export const LARGEST_BODY = 1_048_576;

const gunzipBody = promisify(gunzip);

/**
 * Reads a request's body as JSON.
 * @param largest bytes after decompression
 * @throws DomainError unsupportedMediaType, payloadTooLarge, badRequest
 */
export async function readJson(request: IncomingMessage, largest = LARGEST_BODY): Promise<unknown> {
  requireJson(request.headers['content-type']);
  const text = await readText(request, largest);
  if (text.length === 0) throw new DomainError('badRequest', 'The request needs a JSON body.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DomainError('badRequest', 'The body is not well-formed JSON.', { cause: error });
  }
}

/**
 * Reads a request's body as a form (RFC 6749, 3.2: no parameter stands twice).
 * @throws DomainError unsupportedMediaType, payloadTooLarge, badRequest
 */
export async function readForm(request: IncomingMessage, largest = LARGEST_BODY): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new DomainError('unsupportedMediaType', 'Send the body as application/x-www-form-urlencoded.', {
      target: 'Content-Type',
    });
  }
  const form = new URLSearchParams(await readText(request, largest));
  const twice = [...form.keys()].find((name) => form.getAll(name).length > 1);
  if (twice === undefined) return form;
  const target = twice.toWellFormed().slice(0, 80);
  throw new DomainError('badRequest', `${target} stands in the form twice.`, { target });
}

async function readText(request: IncomingMessage, largest: number): Promise<string> {
  const sent = await readBytes(request, largest);
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const bytes = encoding === 'identity' ? sent : await decompress(sent, encoding, largest);
  if (!isUtf8(bytes)) throw new DomainError('badRequest', 'The body is not UTF-8.');
  return bytes.toString('utf8');
}

function readBytes(request: IncomingMessage, largest: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // What is gone already tells nobody any more.
    if (request.destroyed) throw brokenOff();
    if (Number(request.headers['content-length']) > largest) throw tooLarge(largest);
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= largest) chunks.push(chunk);
      else reject(tooLarge(largest));
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', (cause) => reject(brokenOff(cause)));
  });
}

async function decompress(body: Buffer, encoding: string, largest: number): Promise<Buffer> {
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new DomainError('unsupportedMediaType', 'Bodies may be compressed with gzip only.', {
      target: 'Content-Encoding',
    });
  }
  try {
    return await gunzipBody(body, { maxOutputLength: largest });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(largest);
    throw new DomainError('badRequest', 'The body is not what gzip makes.', {
      target: 'Content-Encoding',
      cause: error,
    });
  }
}

/** The client left, or its bytes ended, before the body was whole. */
export function brokenOff(cause?: unknown): DomainError {
  return new DomainError('badRequest', 'The body broke off.', { cause });
}

/** The body passes the limit, in bytes. */
export function tooLarge(largest = LARGEST_BODY): DomainError {
  const size = largest === LARGEST_BODY ? '1 MB' : `${largest / 1_024} KiB`;
  return new DomainError('payloadTooLarge', `The body is larger than ${size}.`);
}
