/** What clients may ask, whatever the subprotocol that carried it. */
import type { Payload } from '../payload.ts';

/** Answered by one ack if there is an id; without one nobody hears of a failure. */
interface Acknowledged {
  readonly ackId: number | undefined;
}

export type Request =
  | ({ readonly kind: 'joinGroup' | 'leaveGroup'; readonly group: string } & Acknowledged)
  | ({
      readonly kind: 'sendToGroup';
      readonly group: string;
      readonly noEcho: boolean;
      readonly payload: Payload;
    } & Acknowledged)
  | ({ readonly kind: 'event'; readonly event: string; readonly payload: Payload } & Acknowledged)
  | { readonly kind: 'ping' }
  | { readonly kind: 'sequenceAck'; readonly sequenceId: number }
  | StreamRequest
  | InvokeRequest
  /** A type that this release does not know, or a request whose members are wrong but which can be answered. */
  | { readonly kind: 'refused'; readonly to: ReplyAddress; readonly error: Error };

/** What an answer to a request has to name; nothing of it: there is no answer. */
export interface ReplyAddress {
  readonly ackId?: number;
  readonly streamId?: string;
  readonly invocationId?: string;
}

export type StreamRequest =
  | {
      readonly kind: 'streamStart';
      readonly streamId: string;
      readonly group: string;
      readonly noEcho: boolean;
      readonly idleTimeoutMs: number | undefined;
    }
  /** Without a fragment: a sign of life. */
  | {
      readonly kind: 'streamData';
      readonly streamId: string;
      readonly fragment: { readonly sequenceId: number; readonly payload: Payload } | undefined;
    }
  | {
      readonly kind: 'streamEnd';
      readonly streamId: string;
      readonly error: { readonly message: string; readonly userErrorCode: string | undefined } | undefined;
    };

export type InvokeRequest =
  | {
      readonly kind: 'invoke';
      readonly invocationId: string;
      readonly event: string;
      readonly payload: Payload | undefined;
    }
  | { readonly kind: 'cancelInvocation'; readonly invocationId: string };
