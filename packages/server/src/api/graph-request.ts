/** A Graph request freed of its transport, so that HTTP and `$batch` items take one path. */
import type { RequestIds } from '../odata/error-body.ts';

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
}

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
