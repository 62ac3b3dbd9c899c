/** The gateway's edge of the error catalogue: HTTP status before the handshake, error of an ack, close code. */
import { DomainError, type ErrorCode } from '../errors.ts';

interface GatewayError {
  /** Answer to a handshake. Of a recovery never: that is 101 and then 1008, since clients repeat on any HTTP error. */
  readonly status: number;
  /** `error.name` of an ack. Clients retry all but `Duplicate`; unknown names are allowed. */
  readonly name: string;
  /**
   * Close code. After 1008 the client of Azure connects anew at once; after any other it tries to recover first, and is
   * told 1008 then, because a connection that the server closed is gone.
   */
  readonly closeCode: number;
}

/** Close codes (RFC 6455, 7.4.1) that mean something of their own here. */
export const CLOSE = {
  goingAway: 1001,
  unsupportedData: 1003,
  invalidMessage: 1007,
  policy: 1008,
  internalError: 1011,
} as const;

export const GATEWAY_ERRORS: Readonly<Record<ErrorCode, GatewayError>> = {
  badRequest: { status: 400, name: 'BadRequest', closeCode: CLOSE.invalidMessage },
  unknownSegment: { status: 404, name: 'NotFound', closeCode: CLOSE.policy },
  unauthenticated: { status: 401, name: 'Forbidden', closeCode: CLOSE.policy },
  forbidden: { status: 403, name: 'Forbidden', closeCode: CLOSE.policy },
  notFound: { status: 404, name: 'NotFound', closeCode: CLOSE.policy },
  methodNotAllowed: { status: 405, name: 'BadRequest', closeCode: CLOSE.policy },
  notAcceptable: { status: 406, name: 'BadRequest', closeCode: CLOSE.policy },
  sessionInProgress: { status: 409, name: 'Conflict', closeCode: CLOSE.policy },
  consentPending: { status: 409, name: 'Conflict', closeCode: CLOSE.policy },
  tooCostly: { status: 400, name: 'BadRequest', closeCode: CLOSE.policy },
  requestTimeout: { status: 408, name: 'Timeout', closeCode: CLOSE.policy },
  conflict: { status: 409, name: 'Conflict', closeCode: CLOSE.policy },
  preconditionFailed: { status: 412, name: 'Conflict', closeCode: CLOSE.policy },
  payloadTooLarge: { status: 413, name: 'BadRequest', closeCode: 1009 },
  unsupportedMediaType: { status: 415, name: 'BadRequest', closeCode: CLOSE.unsupportedData },
  failedDependency: { status: 424, name: 'Conflict', closeCode: CLOSE.policy },
  tooManyRequests: { status: 429, name: 'TooManyRequests', closeCode: CLOSE.policy },
  headersTooLarge: { status: 431, name: 'BadRequest', closeCode: CLOSE.policy },
  unavailable: { status: 503, name: 'InternalServerError', closeCode: CLOSE.internalError },
};

const INTERNAL: GatewayError = { status: 500, name: 'InternalServerError', closeCode: CLOSE.internalError };
const INTERNAL_MESSAGE = 'Something went wrong on the server.';

/** Any thrown thing as this edge shows it; what is no `DomainError` tells the client nothing. */
export function gatewayError(error: unknown): GatewayError & { readonly message: string; readonly code: string } {
  if (!(error instanceof DomainError)) return { ...INTERNAL, message: INTERNAL_MESSAGE, code: 'internal' };
  const message = error.target === undefined ? error.message : `${error.target}: ${error.message}`;
  return { ...GATEWAY_ERRORS[error.code], message, code: error.code };
}
