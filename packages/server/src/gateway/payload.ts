/** What a message carries, in the form in which JSON frames write it. */

export type DataType = 'text' | 'json' | 'binary' | 'protobuf';

export interface Payload {
  readonly dataType: DataType;
  /** The text itself, JSON text, or base64 for `binary` and `protobuf`. */
  readonly text: string;
}

/**
 * A text whose JSON a client wrote as `JSON.stringify` would: passed on as it came, and read only for those who ask. Not to
 * be kept, since the bytes are part of what was received together.
 */
export class WrittenText implements Payload {
  readonly dataType = 'text';
  /** With its quotes. */
  readonly json: Buffer;

  constructor(json: Buffer) {
    this.json = json;
  }

  get text(): string {
    return this.json.toString('utf8', 1, this.json.length - 1);
  }
}

export function textPayload(text: string): Payload {
  return { dataType: 'text', text };
}

/** @param value anything that JSON can write */
export function jsonPayload(value: unknown): Payload {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError('JSON cannot write this value.');
  return { dataType: 'json', text };
}

export function binaryPayload(bytes: Uint8Array): Payload {
  const { buffer, byteOffset, byteLength } = bytes;
  return { dataType: 'binary', text: Buffer.from(buffer, byteOffset, byteLength).toString('base64') };
}

/** Whether the text is base64, rather than a payload's own bytes. */
export function isBase64({ dataType }: Payload): boolean {
  return dataType === 'binary' || dataType === 'protobuf';
}

/** The members `"dataType":…,"data":…` of a JSON frame. */
export function jsonMembers(payload: Payload): string {
  const { dataType, text } = payload;
  // Base64 and JSON need no escaping.
  const data = dataType === 'text' ? JSON.stringify(text) : dataType === 'json' ? text : `"${text}"`;
  return `"dataType":"${dataType}","data":${data}`;
}
