/** Subprotocols: how requests are read and what the server's own frames look like. */
import type { Message } from '../message.ts';
import { json, reliableJson } from './json.ts';
import { raw } from './raw.ts';
import type { Request } from './request.ts';

export interface Subprotocol {
  /** As in `Sec-WebSocket-Protocol`; undefined for raw clients, who offered none that is known. */
  readonly name: string | undefined;
  /** Whether messages are numbered and kept until acknowledged, and a lost connection can be recovered. */
  readonly isReliable: boolean;
  /**
   * Reads one WebSocket message.
   * @throws DomainError badRequest for a malformed one, unsupportedMediaType for a binary one where text is needed
   */
  decode(data: Buffer, isBinary: boolean): Request;
  /** Frame of a message that is not numbered. */
  messageFrame(message: Message): Buffer;
  /** Frame of what the server says by itself; undefined where the subprotocol has no word for it. */
  serverFrame(notice: ServerNotice): Buffer | undefined;
}

export interface AckError {
  readonly name: string;
  readonly message: string;
}

/** Members are written in this order. */
export type ServerNotice =
  | {
      readonly type: 'system';
      readonly event: 'connected';
      readonly userId: string | null;
      readonly connectionId: string;
      readonly reconnectionToken?: string;
    }
  | { readonly type: 'system'; readonly event: 'disconnected'; readonly message: string }
  | { readonly type: 'ack'; readonly ackId: number; readonly success: boolean; readonly error?: AckError }
  | { readonly type: 'pong' }
  | { readonly type: 'streamAck'; readonly streamId: string; readonly expectedSequenceId: number }
  | {
      readonly type: 'streamNack';
      readonly streamId: string;
      readonly name: string;
      readonly message: string;
      readonly expectedSequenceId: number;
    }
  | { readonly type: 'streamClosed'; readonly streamId: string; readonly error?: AckError }
  | {
      readonly type: 'invokeResponse';
      readonly invocationId: string;
      readonly success: false;
      readonly error: AckError;
    };

const OFFERED: readonly Subprotocol[] = [json, reliableJson];

/** The first that is known, compared without case; its name is answered as the client wrote it. */
export function chooseSubprotocol(offered: Iterable<string>): {
  readonly subprotocol: Subprotocol;
  readonly as?: string;
} {
  for (const name of offered) {
    const subprotocol = OFFERED.find((known) => known.name === name.toLowerCase());
    if (subprotocol) return { subprotocol, as: name };
  }
  return { subprotocol: raw };
}
