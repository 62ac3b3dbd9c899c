import type { Writable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as ws from 'ws';
import { frame, frameStart, headerLengthOf, OPCODE, textFrame } from './websocket-frame.ts';

// `ws` exports its reader without declaring it.
const { Receiver } = ws as unknown as { readonly Receiver: new (options: object) => Writable };

/** What `ws` reads from the bytes. */
function received(bytes: Buffer): string[] {
  const texts: string[] = [];
  const receiver = new Receiver({ isServer: false });
  receiver.on('message', (data: Buffer) => texts.push(data.toString('latin1')));
  receiver.write(bytes);
  return texts;
}

describe('frames (GW-47)', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 1_048_576])(
    'of %i bytes are read by others as they were written',
    (length) => {
      const payload = Buffer.alloc(length, 'x');
      expect(received(frame(OPCODE.binary, payload))).toEqual([payload.toString()]);
      if (length < 5) return;
      const parts = Buffer.concat([frameStart(OPCODE.binary, 'start', length - 5), payload.subarray(5)]);
      expect(received(parts)).toEqual([`start${payload.subarray(5)}`]);
    },
  );

  it.each([0, 1, 125, 126, 65_535, 65_536])('of a text with %i bytes are written in one piece', (length) => {
    const text = 'ü'.repeat(length / 2) + 'x'.repeat(length % 2);
    const bytes = textFrame(text);
    expect(received(bytes)).toEqual([Buffer.from(text).toString('latin1')]);
    expect(bytes.equals(frame(OPCODE.text, Buffer.from(text)))).toBe(true);
    expect(bytes.subarray(headerLengthOf(bytes)).toString()).toBe(text);
  });

  // Memory is not cleared before it is written to: halves of surrogate pairs have to be counted as they are written.
  it('of any text hold nothing but the text', () => {
    const unit = fc.nat(0xffff).map((code) => String.fromCharCode(code));
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 300 }), (text) => {
        expect(textFrame(text).equals(frame(OPCODE.text, Buffer.from(text)))).toBe(true);
      }),
      { seed: 29 },
    );
  });

  it('follow each other without a gap', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 })), (payloads) => {
        const bytes = Buffer.concat(payloads.map((payload) => frame(OPCODE.binary, payload)));
        expect(received(bytes)).toEqual(payloads.map((payload) => Buffer.from(payload).toString('latin1')));
      }),
      { seed: 23 },
    );
  });
});
