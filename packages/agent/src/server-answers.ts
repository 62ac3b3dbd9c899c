/** Asking the server, and what its answers mean to a device. */
import { DeviceError } from './device-error.ts';

export type Fetch = typeof globalThis.fetch;

const LONGEST_ANSWER_MS = 15_000;
/** What is said about a session has some kilobytes. */
const LARGEST_ANSWER = 1_048_576;

/** @throws DeviceError `unavailable` when nobody answers */
export async function post(fetch: Fetch, url: URL, init: RequestInit): Promise<Response> {
  const limits = { method: 'POST', redirect: 'error', signal: AbortSignal.timeout(LONGEST_ANSWER_MS) } as const;
  try {
    return await fetch(url, { ...init, ...limits });
  } catch (cause) {
    throw new DeviceError('unavailable', `${url.origin} cannot be reached.`, { cause });
  }
}

/** The JSON object of an answer. @throws DeviceError `unavailable` when it is none, or larger than any */
export async function bodyOf(response: Response): Promise<object> {
  try {
    return Object(JSON.parse(await textOf(response)));
  } catch (cause) {
    throw new DeviceError('unavailable', `The answer, status ${response.status}, could not be read.`, { cause });
  }
}

/** A server in wrong hands may send without end. */
async function textOf({ body }: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > LARGEST_ANSWER) throw new Error('The answer is too large.');
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The error that an answer other than the wished one stands for. */
export function refusalOf(
  { status, headers }: Response,
  message = `The answer was ${status}.`,
  reason?: string,
): DeviceError {
  const retryAfterSeconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (status === 429 || status >= 500) {
    return new DeviceError('unavailable', message, Number.isFinite(retryAfterSeconds) ? { retryAfterSeconds } : {});
  }
  return new DeviceError(reason === 'parked' ? 'parked' : 'refused', message);
}
