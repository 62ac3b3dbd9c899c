/**
 * A message on its way to any number of connections: serialised once for each protocol. For reliable connections only
 * the leading sequence id differs: those that count alike share the whole frame, all share the body.
 */
import { isBase64, jsonMembers, type Payload, WrittenText } from './payload.ts';
import { frame, frameStart, headerLengthOf, OPCODE, objectFrame, textFrame } from './websocket-frame.ts';

/** Where a message in a group stream stands in it; written after `dataType` and `data`. */
export interface StreamPlace {
  readonly streamId: string;
  readonly streamSequenceId: number;
  readonly endOfStream?: true;
  readonly error?: { readonly name: string; readonly message: string; readonly userErrorCode?: string };
}

export interface MessageFacts {
  readonly from: 'group' | 'server';
  /** With `from: 'group'`. */
  readonly group?: string;
  readonly fromUserId?: string;
  readonly payload: Payload;
  readonly stream?: StreamPlace;
}

export class Message {
  readonly facts: MessageFacts;
  #body: Buffer | undefined;
  #jsonFrame: Buffer | undefined;
  #rawFrame: Buffer | undefined;
  #reliableFrame: Buffer | undefined;
  #framedWith = 0;
  #start: Buffer | undefined;
  #startedWith = 0;

  constructor(facts: MessageFacts) {
    this.facts = facts;
  }

  /** The frame of `json.webpubsub.azure.v1`. */
  jsonFrame(): Buffer {
    this.#jsonFrame ??= jsonFrame('{', this.facts);
    return this.#jsonFrame;
  }

  /**
   * What follows the sequence id in frames of `json.reliable.webpubsub.azure.v1`: members from `type` on, and the closing
   * brace.
   * @param sequenceId of who asks, and may ask for the frame next
   */
  body(sequenceId: number): Buffer {
    this.#body ??= this.#jsonFrame === undefined ? this.#framedBody(sequenceId) : bodyOf(this.#jsonFrame, '{');
    return this.#body;
  }

  /** The frame with this sequence id, where it was written in one piece: for who asked for the body first. */
  reliableFrame(sequenceId: number): Buffer | undefined {
    return this.#framedWith === sequenceId ? this.#reliableFrame : undefined;
  }

  /** Header and first member of the frame; the body completes it. */
  reliableStart(sequenceId: number): Buffer {
    // Members that joined together count alike, and then share this too.
    if (this.#start === undefined || this.#startedWith !== sequenceId) {
      this.#start = reliableStart(sequenceId, this.body(sequenceId));
      this.#startedWith = sequenceId;
    }
    return this.#start;
  }

  /** Most messages have one reader, or readers that count alike: then nothing else has to be written or joined. */
  #framedBody(sequenceId: number): Buffer {
    const first = firstMember(sequenceId);
    this.#reliableFrame = jsonFrame(first, this.facts);
    this.#framedWith = sequenceId;
    return bodyOf(this.#reliableFrame, first);
  }

  /** The frame for a raw client: the payload alone. */
  rawFrame(): Buffer {
    this.#rawFrame ??= rawFrame(this.facts.payload);
    return this.#rawFrame;
  }
}

/** Header and first member of a reliable frame with this body. */
export function reliableStart(sequenceId: number, body: Buffer): Buffer {
  return frameStart(OPCODE.text, firstMember(sequenceId), body.length);
}

function firstMember(sequenceId: number): string {
  return `{"sequenceId":${sequenceId},`;
}

/** What of a frame that was made here follows after `start`, which is ASCII; not copied. */
function bodyOf(bytes: Buffer, start: string): Buffer {
  return bytes.subarray(headerLengthOf(bytes) + start.length);
}

/** Microsoft's own tests compare the order of members. */
function jsonFrame(start: string, { from, group, fromUserId, payload, stream }: MessageFacts): Buffer {
  const sender = fromUserId === undefined ? '' : `"fromUserId":${JSON.stringify(fromUserId)},`;
  const source = from === 'group' ? `"group":${JSON.stringify(group)},${sender}` : '';
  const head = `${start}"type":"message","from":"${from}",${source}`;
  if (payload instanceof WrittenText && !stream) return objectFrame(`${head}"dataType":"text","data":`, payload.json);
  const place = stream === undefined ? '' : `,"stream":${JSON.stringify(stream)}`;
  return textFrame(`${head}${jsonMembers(payload)}${place}}`);
}

function rawFrame(payload: Payload): Buffer {
  if (isBase64(payload)) return frame(OPCODE.binary, Buffer.from(payload.text, 'base64'));
  return textFrame(payload.text);
}
