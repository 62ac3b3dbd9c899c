/** What goes wrong between a sharer's page and the server, as far as the page acts on it. */

export type PageErrorCode =
  /** The code is good for nothing. */
  | 'code'
  /** Too many codes were wrong: wait. */
  | 'slowed'
  /** The session is over, or the page is no device any more. */
  | 'gone'
  /** Nobody answers, or not now. */
  | 'unavailable'
  | 'refused';

export class PageError extends Error {
  override readonly name = 'PageError';
  readonly code: PageErrorCode;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: PageErrorCode, message: string, facts: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}
