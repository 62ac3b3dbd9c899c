/** Asking the server, and what its answers mean to a device. */
import { DeviceError } from './device-error.ts';

export type Fetch = typeof globalThis.fetch;

const LONGEST_ANSWER_MS = 15_000;

/** @throws DeviceError `unavailable` when nobody answers */
export async function post(fetch: Fetch, url: URL, init: RequestInit): Promise<Response> {
  const limits = { method: 'POST', redirect: 'error', signal: AbortSignal.timeout(LONGEST_ANSWER_MS) } as const;
  try {
    return await fetch(url, { ...init, ...limits });
  } catch (cause) {
    throw new DeviceError('unavailable', `${url.origin} cannot be reached.`, { cause });
  }
}

/** The JSON object of an answer. @throws DeviceError `unavailable` when it is none */
export async function bodyOf(response: Response): Promise<object> {
  try {
    return Object(await response.json());
  } catch (cause) {
    throw new DeviceError('unavailable', `The answer, status ${response.status}, could not be read.`, { cause });
  }
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
