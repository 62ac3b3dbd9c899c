/** WebSocket frames (RFC 6455, 5.2) as the load writes and reads them: no copies but of what a chunk cuts in two. */

const FINAL_TEXT = 0x81;
const MASKED = 0x80;
const MASK_BYTES = 4;
export const OPCODE = { close: 0x8, ping: 0x9 } as const;

/**
 * A client's frame. The mask is zero, which servers undo like any other and which costs the load nothing.
 * @param firstByte final bit and opcode
 */
export function clientFrame(payload: Uint8Array, firstByte = FINAL_TEXT): Buffer {
  const { length } = payload;
  const lengthBytes = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + lengthBytes + MASK_BYTES + length);
  frame[0] = firstByte;
  frame[1] = MASKED | (lengthBytes === 0 ? length : lengthBytes === 2 ? 126 : 127);
  if (lengthBytes === 2) frame.writeUInt16BE(length, 2);
  else if (lengthBytes === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.set(payload, 2 + lengthBytes + MASK_BYTES);
  return frame;
}

/** Gets each frame's opcode, and where its payload lies; the bytes are good only during the call. */
export type OnFrame = (bytes: Buffer, start: number, end: number, opcode: number) => void;

/** Frames of a server, out of chunks that may end anywhere. */
export class FrameReader {
  readonly #onFrame: OnFrame;
  /** The beginning of a frame whose rest is still to come. */
  #part = Buffer.allocUnsafe(4_096);
  #partLength = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  push(bytes: Buffer, from: number, length: number): void {
    let at = this.#partLength === 0 ? from : this.#complete(bytes, from, length);
    while (at < length) {
      const start = payloadStart(bytes, at, length);
      const end = start < 0 ? -1 : start + payloadLength(bytes, at);
      if (end < 0 || end > length) {
        this.#keep(bytes, at, length);
        return;
      }
      this.#onFrame(bytes, start, end, (bytes[at] as number) & 0x0f);
      at = end;
    }
  }

  /** Adds to the frame that was begun, header first. @returns where the next frame begins */
  #complete(bytes: Buffer, from: number, length: number): number {
    let at = from;
    for (;;) {
      const start = payloadStart(this.#part, 0, this.#partLength);
      const wanted = start < 0 ? headerBytes(this.#part, this.#partLength) : start + payloadLength(this.#part, 0);
      if (start >= 0 && this.#partLength === wanted) {
        this.#partLength = 0;
        this.#onFrame(this.#part, start, wanted, (this.#part[0] as number) & 0x0f);
        return at;
      }
      if (at === length) return at;
      const taken = Math.min(wanted - this.#partLength, length - at);
      this.#keep(bytes, at, at + taken);
      at += taken;
    }
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    const needed = this.#partLength + to - from;
    if (needed > this.#part.length) this.#part = Buffer.concat([this.#part], 2 * needed);
    bytes.copy(this.#part, this.#partLength, from, to);
    this.#partLength = needed;
  }
}

/** How long the header is, as far as can be told from its first bytes. */
function headerBytes(bytes: Buffer, length: number): number {
  if (length < 2) return 2;
  return bytes[1] === 126 ? 4 : bytes[1] === 127 ? 10 : 2;
}

/** Where the payload of the frame at `at` begins; -1 while its header is not all there. */
function payloadStart(bytes: Buffer, at: number, length: number): number {
  if (length - at < 2) return -1;
  const second = bytes[at + 1];
  const header = second === 126 ? 4 : second === 127 ? 10 : 2;
  return length - at < header ? -1 : at + header;
}

function payloadLength(bytes: Buffer, at: number): number {
  const second = bytes[at + 1] as number;
  if (second < 126) return second;
  return second === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
}
