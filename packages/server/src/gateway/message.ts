/**
 * A message on its way to any number of connections: serialised once for each protocol. For reliable connections only
 * the leading sequence id differs, so they share the body too.
 */
import { isBase64, jsonMembers, type Payload } from './payload.ts';
import { frame, frameStart, OPCODE, payloadOf, textFrame } from './websocket-frame.ts';

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
  #start: Buffer | undefined;
  #startedWith = 0;

  constructor(facts: MessageFacts) {
    this.facts = facts;
  }

  /** The frame of `json.webpubsub.azure.v1`. */
  jsonFrame(): Buffer {
    this.#jsonFrame ??= textFrame(`{${bodyText(this.facts)}`);
    return this.#jsonFrame;
  }

  /** Header and first member of the frame of `json.reliable.webpubsub.azure.v1`; `body()` completes it. */
  reliableStart(sequenceId: number): Buffer {
    // Members that joined together count alike, and then share this too.
    if (this.#start === undefined || this.#startedWith !== sequenceId) {
      this.#start = frameStart(OPCODE.text, `{"sequenceId":${sequenceId},`, this.body().length);
      this.#startedWith = sequenceId;
    }
    return this.#start;
  }

  /** What follows the sequence id: members from `type` on, and the closing brace. */
  body(): Buffer {
    // A part of that frame: a group with members of both kinds holds the bytes once.
    this.#body ??= payloadOf(this.jsonFrame()).subarray(1);
    return this.#body;
  }

  /** The frame for a raw client: the payload alone. */
  rawFrame(): Buffer {
    this.#rawFrame ??= rawFrame(this.facts.payload);
    return this.#rawFrame;
  }
}

/** Microsoft's own tests compare the order of members. */
function bodyText({ from, group, fromUserId, payload, stream }: MessageFacts): string {
  const sender = fromUserId === undefined ? '' : `"fromUserId":${JSON.stringify(fromUserId)},`;
  const source = from === 'group' ? `"group":${JSON.stringify(group)},${sender}` : '';
  const place = stream === undefined ? '' : `,"stream":${JSON.stringify(stream)}`;
  return `"type":"message","from":"${from}",${source}${jsonMembers(payload)}${place}}`;
}

function rawFrame(payload: Payload): Buffer {
  if (isBase64(payload)) return frame(OPCODE.binary, Buffer.from(payload.text, 'base64'));
  return textFrame(payload.text);
}
