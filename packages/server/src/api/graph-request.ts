/** A Graph request freed of its transport, so that HTTP and `$batch` items take one path. */
import { DomainError } from '../errors.ts';
import type { RequestIds } from '../odata/error-body.ts';

/** A request, or an item of a batch. */
export interface GraphRequest {
  readonly method: string;
  /** Percent-encoded path below the service root: `/ExtendRemoteHelpSessionResponse/1`. */
  readonly path: string;
  /** Percent-encoded query without `?`. */
  readonly query: string;
  /** Header value by lower-case name. */
  header(name: string): string | undefined;
  /** The JSON body; rejects with `DomainError` when there is none or it can't be read. */
  readBody(): Promise<unknown>;
  /** `https://host/beta`, as the caller addressed it. */
  readonly serviceRoot: string;
  readonly ids: RequestIds;
  readonly remoteAddress: string;
  /** The instant of the request, epoch milliseconds: one for all that it does. */
  readonly now: number;
  /** Logs what went wrong unless it is a refusal, which concerns the caller alone. */
  report(error: unknown, ids: RequestIds): void;
}

/** An answer; header names are lower-case. */
export interface GraphResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text as it is; absent: no content. */
  readonly body?: object | string;
}

/** What a request turned out to be, for log, metrics and audit; filled in on the way. */
export interface RequestFacts {
  /** Route template: `/beta/ExtendRemoteHelpSessionResponse/{id}`. Never the URL. */
  route: string;
  tenantId?: string;
  objectId?: string;
}

/** The client's own id where it can be repeated in a header, else the given one. */
export function clientRequestId(sent: string | undefined, otherwise: string): string {
  return sent !== undefined && /^[\x21-\x7e]{1,128}$/.test(sent) ? sent : otherwise;
}

/** @throws DomainError unsupportedMediaType; a body whose type nobody names is taken for JSON */
export function requireJson(contentType: string | undefined): void {
  if (contentType === undefined || /^application\/json\s*(;|$)/i.test(contentType)) return;
  throw new DomainError('unsupportedMediaType', 'Send the body as application/json.', { target: 'Content-Type' });
}
