/**
 * `notEnrolled`: there is no key here yet. `refused`: the server said no. `parked`: it must be enrolled anew with a token
 * that names it. `unavailable`: nobody answered, or not now; `retryAfterSeconds` says when to come back, if it was said.
 * `untrusted`: an answer or a file is not to be believed. `gone`: the session is over, or was never one of this device.
 * `inUse`: another process runs this device.
 */
export type DeviceErrorCode = 'notEnrolled' | 'refused' | 'parked' | 'unavailable' | 'untrusted' | 'gone' | 'inUse';

/** Why a device could not do what it wanted; the message is for whoever runs it, and holds no secret. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code: DeviceErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: DeviceErrorCode, message: string, facts: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = code;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

const LONGEST_CAUSE = 200;

/** What any error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** With the last line of what is behind it, such as what a program said before it gave up. */
export function messageWithCause(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  const last = cause.trimEnd().split('\n').at(-1)?.slice(0, LONGEST_CAUSE);
  return last ? `${messageOf(error)} (${last})` : messageOf(error);
}
