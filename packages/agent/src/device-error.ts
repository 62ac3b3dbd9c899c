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
