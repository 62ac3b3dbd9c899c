/**
 * The one catalogue of refusals. A `DomainError` knows neither HTTP status nor close code: each edge maps codes once
 * (`odata/error-body.ts`). Anything else that is thrown is a bug and becomes a generic answer.
 */

/** Every refusal there is, with what it means to a caller; `docs/spec/errors.md` is generated from it. */
export const ERROR_CODES = {
  badRequest: 'The request is malformed or a value does not fit the model; `target` names the property or option.',
  tooCostly: 'The list or count took longer than `REMOTE_HELP_QUERY_TIMEOUT_SECONDS`; a repeat would too.',
  unknownSegment: 'A path segment names nothing that is served.',
  unauthenticated: 'The bearer token is missing, expired, altered or not meant for this service.',
  forbidden: 'The token is good but lacks the permission; the message names what would do.',
  notFound: "No such entity in the caller's tenant.",
  methodNotAllowed: 'The path is served, the method is not.',
  notAcceptable: 'No representation that the Accept header allows.',
  conflict: 'The change contradicts what is stored: a unique value is taken, a record is read-only now.',
  sessionInProgress: 'The device has a live session already; it ends first.',
  consentPending: 'The sharer has been asked and has not answered yet.',
  preconditionFailed: 'If-Match names another version than the stored one.',
  payloadTooLarge: 'The body exceeds 1 MB after decompression.',
  unsupportedMediaType: 'The body is neither JSON nor gzip-compressed JSON.',
  requestTimeout: 'The request took too long to arrive.',
  headersTooLarge: 'The header fields are larger than is accepted.',
  tooManyRequests: "The caller's share, or a batch's room for answers, is used up; Retry-After says when to come back.",
  failedDependency: 'A batch item that this one depends on failed.',
  unavailable: 'The database or an issuer cannot be reached now; Retry-After says when to come back.',
} as const;

/** A code of the catalogue. Each edge has a table that must name every one. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What is known of a refusal besides its code and message. */
export interface ErrorFacts {
  /** Property, query option or header that is at fault. */
  readonly target?: string;
  readonly details?: readonly { readonly code: string; readonly message: string; readonly target?: string }[];
  /** Seconds after which a repeat may succeed. */
  readonly retryAfterSeconds?: number;
  /** Methods that the target does allow, where the one sent is not among them. */
  readonly allowed?: readonly string[];
  /** For logs only, never answered. */
  readonly cause?: unknown;
}

/** A refusal: `message` is safe for the caller to read. */
export class DomainError extends Error {
  override readonly name = 'DomainError';
  readonly code: ErrorCode;
  readonly target: string | undefined;
  readonly details: ErrorFacts['details'];
  readonly retryAfterSeconds: number | undefined;
  readonly allowed: readonly string[] | undefined;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = code;
    this.target = facts.target;
    this.details = facts.details;
    this.retryAfterSeconds = facts.retryAfterSeconds;
    this.allowed = facts.allowed;
  }
}

/** What stops a start or a command: the message tells the operator what to do, and nobody needs a stack. */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';
}
