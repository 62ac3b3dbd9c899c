/**
 * Streams of one connection to groups, as Azure's client 1.1.0 speaks them: numbered fragments, each answered with the
 * number that is expected next, so that after a recovery the publisher can repeat what may be lost.
 */
import type { Clock, Instant } from '../clock.ts';
import type { Connection } from './connection.ts';
import type { GatewayLimits } from './limits.ts';
import type { MessageFacts, StreamPlace } from './message.ts';
import { type Payload, textPayload } from './payload.ts';
import type { StreamRequest } from './subprotocols/request.ts';
import type { AckError } from './subprotocols/subprotocol.ts';

/** What streams act on. */
export interface StreamScene {
  readonly clock: Clock;
  readonly limits: Pick<GatewayLimits, 'streamsPerConnection'>;
  /** To every member, on every node. */
  publish(group: string, facts: MessageFacts, excluded: readonly string[]): void;
}

type Start = StreamRequest & { readonly kind: 'streamStart' };

interface Stream {
  readonly start: Start;
  readonly idleMs: number;
  /** Number of the next fragment. */
  expected: number;
  idleAt: Instant;
  cancelIdle: () => void;
}

const DEFAULT_IDLE_MS = 300_000;
/** Publishers that were cut off may repeat the end of a stream whose closing they did not hear of. */
const REMEMBERED_ENDS = 100;

export class GroupStreams {
  readonly #connection: Connection;
  readonly #scene: StreamScene;
  readonly #streams = new Map<string, Stream>();
  readonly #ended = new Set<string>();

  constructor(connection: Connection, scene: StreamScene) {
    this.#connection = connection;
    this.#scene = scene;
  }

  perform(request: StreamRequest): void {
    if (request.kind === 'streamStart') {
      this.#start(request);
      return;
    }
    const stream = this.#streams.get(request.streamId);
    if (!stream) this.#answerUnknown(request.streamId);
    else if (request.kind === 'streamEnd') this.#end(stream, request);
    else if (request.fragment) this.#publish(stream, request.fragment.sequenceId, request.fragment.payload);
    else this.#live(stream);
  }

  /** The connection is gone: subscribers are told that nothing more will come. */
  cancel(): void {
    for (const stream of [...this.#streams.values()]) {
      this.#finish(stream, { name: 'Cancelled', message: 'The publisher is gone.' });
    }
  }

  #start(start: Start): void {
    const { streamId, group, idleTimeoutMs = DEFAULT_IDLE_MS } = start;
    if (!this.#maySend(group)) {
      this.#close(streamId, FORBIDDEN);
      return;
    }
    if (this.#streams.has(streamId)) {
      this.#close(streamId, { name: 'BadRequest', message: 'A stream of this connection has this id already.' });
      return;
    }
    const most = this.#scene.limits.streamsPerConnection;
    if (this.#streams.size >= most) {
      this.#close(streamId, { name: 'BadRequest', message: `A connection has ${most} streams at most.` });
      return;
    }
    this.#ended.delete(streamId);
    const stream: Stream = { start, idleMs: idleTimeoutMs, expected: 1, idleAt: 0, cancelIdle: () => undefined };
    this.#streams.set(streamId, stream);
    this.#live(stream);
    this.#armIdle(stream);
    this.#acknowledge(stream);
  }

  #publish(stream: Stream, sequenceId: number, payload: Payload): void {
    const { streamId, group } = stream.start;
    this.#live(stream);
    if (sequenceId > stream.expected) {
      const message = `Fragment ${stream.expected} is expected.`;
      const expectedSequenceId = stream.expected;
      this.#connection.notify({ type: 'streamNack', streamId, name: 'InvalidSequenceId', message, expectedSequenceId });
      return;
    }
    if (!this.#maySend(group)) {
      this.#finish(stream, FORBIDDEN);
      this.#close(streamId, FORBIDDEN);
      return;
    }
    // A smaller number is a fragment that was published already.
    if (sequenceId === stream.expected) {
      this.#send(stream, payload, { streamId, streamSequenceId: sequenceId });
      stream.expected += 1;
    }
    this.#acknowledge(stream);
  }

  #end(stream: Stream, { error }: StreamRequest & { readonly kind: 'streamEnd' }): void {
    const { message, userErrorCode } = error ?? {};
    const code = userErrorCode === undefined ? {} : { userErrorCode };
    this.#finish(stream, message === undefined ? undefined : { name: 'UserError', message, ...code });
    this.#close(stream.start.streamId);
  }

  /** Says to subscribers that the stream is over. */
  #finish(stream: Stream, error: StreamPlace['error']): void {
    const { streamId } = stream.start;
    stream.cancelIdle();
    this.#streams.delete(streamId);
    this.#ended.add(streamId);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= REMEMBERED_ENDS) break;
      this.#ended.delete(oldest);
    }
    const place = {
      streamId,
      streamSequenceId: stream.expected,
      endOfStream: true,
      ...(error ? { error } : {}),
    } as const;
    // Azure's client passes over a message without data.
    this.#send(stream, textPayload(''), place);
  }

  #send({ start: { group, noEcho } }: Stream, payload: Payload, stream: StreamPlace): void {
    const { id, facts } = this.#connection;
    const sender = facts.userId === undefined ? {} : { fromUserId: facts.userId };
    this.#scene.publish(group, { from: 'group', group, ...sender, payload, stream }, noEcho ? [id] : []);
  }

  #acknowledge({ start: { streamId }, expected: expectedSequenceId }: Stream): void {
    this.#connection.notify({ type: 'streamAck', streamId, expectedSequenceId });
  }

  #close(streamId: string, error?: AckError): void {
    this.#connection.notify({ type: 'streamClosed', streamId, ...(error ? { error } : {}) });
  }

  #answerUnknown(streamId: string): void {
    if (this.#ended.has(streamId)) this.#close(streamId);
    else this.#close(streamId, { name: 'StreamNotFound', message: 'There is no such stream.' });
  }

  #maySend(group: string): boolean {
    return this.#connection.facts.permissions.allows('sendToGroup', group);
  }

  #live(stream: Stream): void {
    stream.idleAt = this.#scene.clock.now() + stream.idleMs;
  }

  /** The alarm is not moved with each fragment: it looks when it fires. */
  #armIdle(stream: Stream): void {
    stream.cancelIdle = this.#scene.clock.at(stream.idleAt, () => {
      if (this.#scene.clock.now() < stream.idleAt) {
        this.#armIdle(stream);
        return;
      }
      const error = { name: 'IdleTimeout', message: `Nothing came for ${stream.idleMs} ms.` };
      this.#finish(stream, error);
      this.#close(stream.start.streamId, error);
    });
  }
}

const FORBIDDEN: AckError = {
  name: 'Forbidden',
  message: 'The connection lacks the permission sendToGroup for this group.',
};
