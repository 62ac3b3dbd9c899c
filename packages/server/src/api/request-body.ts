/** The JSON body of an HTTP request: gunzipped, at most 1 MB, UTF-8. */
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
 * @throws DomainError unsupportedMediaType, payloadTooLarge, badRequest
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  requireJson(request.headers['content-type']);
  const sent = await readBytes(request);
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const bytes = encoding === 'identity' ? sent : await decompress(sent, encoding);
  if (bytes.length === 0) throw new DomainError('badRequest', 'The request needs a JSON body.');
  if (!isUtf8(bytes)) throw new DomainError('badRequest', 'The body is not UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new DomainError('badRequest', 'The body is not well-formed JSON.', { cause: error });
  }
}

function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // What is gone already tells nobody any more.
    if (request.destroyed) throw brokenOff();
    if (Number(request.headers['content-length']) > LARGEST_BODY) throw tooLarge();
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= LARGEST_BODY) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', (cause) => reject(brokenOff(cause)));
  });
}

async function decompress(body: Buffer, encoding: string): Promise<Buffer> {
  if (encoding !== 'gzip' && encoding !== 'x-gzip') {
    throw new DomainError('unsupportedMediaType', 'Bodies may be compressed with gzip only.', {
      target: 'Content-Encoding',
    });
  }
  try {
    return await gunzipBody(body, { maxOutputLength: LARGEST_BODY });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new DomainError('badRequest', 'The body is not what gzip makes.', {
      target: 'Content-Encoding',
      cause: error,
    });
  }
}

export function brokenOff(cause?: unknown): DomainError {
  return new DomainError('badRequest', 'The body broke off.', { cause });
}

export function tooLarge(): DomainError {
  return new DomainError('payloadTooLarge', 'The body is larger than 1 MB.');
}
