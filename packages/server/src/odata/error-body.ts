/** The HTTP edge of the error catalogue: status, Graph's code, and Graph's body (graph errors page; `docs/spec/errors.md`). */
import { toIsoText } from '../clock.ts';
import { DomainError, type ErrorCode } from '../errors.ts';

interface HttpError {
  readonly status: number;
  /** `error.code` as Graph writes it. */
  readonly code: string;
}

/** Status and `error.code` of every refusal. */
export const HTTP_ERRORS: Readonly<Record<ErrorCode, HttpError>> = {
  badRequest: { status: 400, code: 'BadRequest' },
  // Graph refuses what no index serves in the same way; its clients repeat a 503 or 504, which would cost as much again.
  tooCostly: { status: 400, code: 'Request_UnsupportedQuery' },
  unknownSegment: { status: 400, code: 'BadRequest' },
  unauthenticated: { status: 401, code: 'InvalidAuthenticationToken' },
  forbidden: { status: 403, code: 'Forbidden' },
  notFound: { status: 404, code: 'ResourceNotFound' },
  methodNotAllowed: { status: 405, code: 'Request_BadRequest' },
  notAcceptable: { status: 406, code: 'NotAcceptable' },
  requestTimeout: { status: 408, code: 'RequestTimeout' },
  conflict: { status: 409, code: 'Conflict' },
  sessionInProgress: { status: 409, code: 'sessionInProgress' },
  consentPending: { status: 409, code: 'consentPending' },
  preconditionFailed: { status: 412, code: 'PreconditionFailed' },
  payloadTooLarge: { status: 413, code: 'RequestEntityTooLarge' },
  unsupportedMediaType: { status: 415, code: 'UnsupportedMediaType' },
  failedDependency: { status: 424, code: 'FailedDependency' },
  tooManyRequests: { status: 429, code: 'TooManyRequests' },
  headersTooLarge: { status: 431, code: 'RequestHeaderFieldsTooLarge' },
  unavailable: { status: 503, code: 'ServiceUnavailable' },
};

const INTERNAL: HttpError = { status: 500, code: 'InternalServerError' };
const INTERNAL_MESSAGE = 'Something went wrong on the server. The request-id finds the reason in its log.';

/** What identifies a request in an error and in the log. */
export interface RequestIds {
  readonly requestId: string;
  readonly clientRequestId: string;
}

/** A refusal as HTTP carries it; header names are lower-case. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** Status, headers and body for anything thrown; what is no `DomainError` tells the caller nothing. */
export function errorAnswer(error: unknown, ids: RequestIds, now: number): ErrorAnswer {
  const refusal = error instanceof DomainError ? error : undefined;
  const { status, code } = refusal ? HTTP_ERRORS[refusal.code] : INTERNAL;
  const headers: Record<string, string> = {};
  if (refusal?.retryAfterSeconds !== undefined) headers['retry-after'] = String(refusal.retryAfterSeconds);
  if (status === 401) headers['www-authenticate'] = challenge(refusal);
  if (refusal?.allowed) headers.allow = refusal.allowed.join(', ');
  return {
    status,
    headers,
    body: {
      error: {
        code,
        message: refusal?.message ?? INTERNAL_MESSAGE,
        ...(refusal?.target === undefined ? {} : { target: refusal.target }),
        ...(refusal?.details === undefined ? {} : { details: refusal.details }),
        innerError: {
          // Graph writes UTC without a zone designator and without fractions.
          date: toIsoText(now).slice(0, 19),
          'request-id': ids.requestId,
          'client-request-id': ids.clientRequestId,
        },
      },
    },
  };
}

/** RFC 6750, section 3: no error code when no token came. */
function challenge(refusal: DomainError | undefined): string {
  return refusal?.target === 'Authorization' ? 'Bearer realm=""' : 'Bearer realm="", error="invalid_token"';
}
