/** The JSON body of an HTTP request: gunzipped, at most 1 MB, UTF-8. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { DomainError } from '../errors.ts';
import { requireJson } from './graph-request.ts';

/** Largest body, in bytes, after decompression. */
export const LARGEST_BODY = 1_048_576;

const gunzipBody = promisify(gunzip);

/** @throws DomainError unsupportedMediaType, payloadTooLarge, badRequest */
export async function readJson(
  body: Buffer,
  headers: { readonly type: string | undefined; readonly encoding: string | undefined },
): Promise<unknown> {
  requireJson(headers.type);
  const bytes = await decompress(body, headers.encoding?.toLowerCase() ?? 'identity');
  if (bytes.length === 0) throw new DomainError('badRequest', 'The request needs a JSON body.');
  if (!isUtf8(bytes)) throw new DomainError('badRequest', 'The body is not UTF-8.');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new DomainError('badRequest', 'The body is not well-formed JSON.', { cause: error });
  }
}

async function decompress(body: Buffer, encoding: string): Promise<Buffer> {
  if (encoding === 'identity') return body;
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

export function tooLarge(): DomainError {
  return new DomainError('payloadTooLarge', 'The body is larger than 1 MB.');
}
