/** Frames from the server to the client (RFC 6455, 5.2): final, unmasked, not compressed. */

export const OPCODE = { text: 0x1, binary: 0x2, ping: 0x9, pong: 0xa } as const;
export type Opcode = (typeof OPCODE)[keyof typeof OPCODE];

const FINAL = 0x80;
const CLOSING_BRACE = 0x7d;

/** How many bytes the header of a payload has. */
function headerLength(payloadLength: number): number {
  if (payloadLength < 126) return 2;
  return payloadLength < 65_536 ? 4 : 10;
}

/** Writes the header of a payload. */
function writeHeader(bytes: Buffer, opcode: Opcode, payloadLength: number): void {
  bytes[0] = FINAL | opcode;
  if (payloadLength < 126) bytes[1] = payloadLength;
  else if (payloadLength < 65_536) {
    bytes[1] = 126;
    bytes.writeUInt16BE(payloadLength, 2);
  } else {
    bytes[1] = 127;
    bytes.writeBigUInt64BE(BigInt(payloadLength), 2);
  }
}

/**
 * The header of a frame and the beginning of its payload; the rest follows as it is.
 * @param start latin1 text
 * @param restLength bytes of payload after `start`
 */
export function frameStart(opcode: Opcode, start: string, restLength: number): Buffer {
  const payloadLength = start.length + restLength;
  const length = headerLength(payloadLength);
  const bytes = Buffer.allocUnsafe(length + start.length);
  writeHeader(bytes, opcode, payloadLength);
  bytes.write(start, length, 'latin1');
  return bytes;
}

/** A whole frame. */
export function frame(opcode: Opcode, payload: Uint8Array): Buffer {
  return Buffer.concat([frameStart(opcode, '', payload.length), payload]);
}

/** A whole frame, its text written once and not copied: this is done for each message. */
export function textFrame(text: string): Buffer {
  const payloadLength = Buffer.byteLength(text);
  const length = headerLength(payloadLength);
  const bytes = Buffer.allocUnsafe(length + payloadLength);
  writeHeader(bytes, OPCODE.text, payloadLength);
  bytes.write(text, length);
  return bytes;
}

/** A whole frame of a JSON object whose last value is there as bytes. */
export function objectFrame(before: string, value: Uint8Array): Buffer {
  const beforeLength = Buffer.byteLength(before);
  const payloadLength = beforeLength + value.length + 1;
  const length = headerLength(payloadLength);
  const bytes = Buffer.allocUnsafe(length + payloadLength);
  writeHeader(bytes, OPCODE.text, payloadLength);
  bytes.write(before, length);
  bytes.set(value, length + beforeLength);
  bytes[bytes.length - 1] = CLOSING_BRACE;
  return bytes;
}

/** How many bytes stand before the payload of a frame that was made here. */
export function headerLengthOf(bytes: Buffer): number {
  const second = bytes[1] as number;
  return second === 126 ? 4 : second === 127 ? 10 : 2;
}
