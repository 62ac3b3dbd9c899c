/** Failures of the API, as the console tells people about them. */

/** What kind of failure it is, apart from what the server calls it. */
export type FailureKind =
  | 'offline'
  | 'signedOut'
  | 'forbidden'
  | 'notFound'
  | 'conflict'
  | 'tooMany'
  | 'unavailable'
  | 'refused'
  | 'unexpected';

/** A failure told by the API, or of the way there. */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly kind: FailureKind;
  /** The HTTP status; 0 where none came. */
  readonly status: number;
  /** `error.code`: see docs/spec/errors.md. */
  readonly code: string;
  /** The property or parameter at fault. */
  readonly target: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(facts: {
    readonly status: number;
    readonly code: string;
    readonly message: string;
    readonly target?: string | undefined;
    readonly requestId?: string | undefined;
    readonly retryAfterSeconds?: number | undefined;
    readonly cause?: unknown;
  }) {
    super(facts.message, { cause: facts.cause });
    this.status = facts.status;
    this.kind = kindOf(facts.status);
    this.code = facts.code;
    this.target = facts.target;
    this.requestId = facts.requestId;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** The failure in an answer. */
export async function graphErrorOf(response: Response): Promise<GraphError> {
  const { status, headers } = response;
  const body = (await response.json().catch(() => undefined)) as ErrorBody | undefined;
  const { code = 'unknown', message = `The server answered ${status}.`, target } = body?.error ?? {};
  const retryAfter = Number(headers.get('retry-after'));
  return new GraphError({
    status,
    code,
    message,
    target: target ?? undefined,
    requestId: headers.get('request-id') ?? undefined,
    retryAfterSeconds: retryAfter > 0 ? retryAfter : undefined,
  });
}

interface ErrorBody {
  readonly error?: {
    readonly code?: string;
    readonly message?: string;
    readonly target?: string | null;
  };
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  0: 'offline',
  401: 'signedOut',
  403: 'forbidden',
  404: 'notFound',
  409: 'conflict',
  412: 'conflict',
  429: 'tooMany',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
};

function kindOf(status: number): FailureKind {
  return KINDS[status] ?? (status >= 400 && status < 500 ? 'refused' : 'unexpected');
}
