import { bytes, RFB_PIXEL_FORMAT, RFB_VERSION, rfbClient, u16, u32 } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import * as encoding from './encodings.ts';
import { Extensions } from './extensions.ts';
import { helperGrammar } from './helper-grammar.ts';
import { RfbError } from './rfb-error.ts';
import { RfbStream } from './rfb-stream.ts';

const HANDSHAKE = bytes(RFB_VERSION, 1, 0);
const FORMAT = rfbClient.setPixelFormat();
const UPDATE = rfbClient.update(true, 0, 0, 64, 64);
const EXTENDED = [
  encoding.FENCE,
  encoding.CONTINUOUS_UPDATES,
  encoding.QEMU_EXTENDED_KEY_EVENT,
  encoding.EXTENDED_MOUSE_BUTTONS,
];
const ENCODINGS = rfbClient.setEncodings(...EXTENDED);
const INPUT = [
  rfbClient.key(0x61, true),
  rfbClient.qemuKey(0x61, 30, true),
  rfbClient.pointer(1, 10, 20),
  rfbClient.extendedPointer(0x100, 10, 20),
];

let replies: Uint8Array[];
let isReady: boolean;
let mayInput: boolean;
let announced: readonly number[];
/** The messages of input that were asked about. */
let asked: Uint8Array[];
beforeEach(() => {
  [replies, asked, isReady, mayInput] = [[], [], false, true];
  announced = EXTENDED;
});

/** What reaches the server of what a helper sends, byte by byte or at once. */
function sent(message: Uint8Array, isByteByByte = false): Uint8Array {
  const parts: Uint8Array[] = [];
  const decide = (one: Uint8Array) => {
    asked.push(one);
    return mayInput;
  };
  const extensions = new Extensions();
  for (const one of announced) extensions.announced(one);
  const grammar = helperGrammar({
    extensions,
    reply: (one) => replies.push(one),
    ready: () => {
      isReady = true;
    },
    input: { key: decide, pointer: decide },
  });
  const stream = new RfbStream(grammar, (part) => parts.push(Uint8Array.from(part)));
  if (isByteByByte) for (const byte of message) stream.push(Uint8Array.of(byte));
  else stream.push(message);
  return bytes(...parts);
}

describe('the handshake with a helper', () => {
  // SCR-8
  it('is that of a server without a password, and reaches no server', () => {
    expect(sent(HANDSHAKE)).toEqual(bytes());
    expect(bytes(...replies)).toEqual(bytes('RFB 003.008\n', 1, 1, u32(0)));
    expect(isReady).toBe(true);
  });

  // SCR-8
  it.each([
    ['another version', bytes('RFB 003.003\n')],
    ['no RFB', bytes('GET / HTTP/1')],
    ['another security type', bytes(RFB_VERSION, 2)],
  ])('refuses %s', (_, message) => {
    expect(() => sent(message)).toThrow(RfbError);
    expect(isReady).toBe(false);
  });
});

describe('what a helper sends', () => {
  const all = bytes(
    FORMAT,
    ENCODINGS,
    UPDATE,
    rfbClient.continuousUpdates(true),
    rfbClient.fence(bytes('now')),
    ...INPUT,
    UPDATE,
  );

  // SCR-9
  it.each([false, true])('passes when it is listed, byte by byte: %s', (isByteByByte) => {
    expect(sent(bytes(HANDSHAKE, all), isByteByByte)).toEqual(all);
    expect(asked).toEqual(INPUT);
  });

  // SCR-12
  it.each([false, true])('leaves out all input when the gate says so, byte by byte: %s', (isByteByByte) => {
    mayInput = false;
    expect(sent(bytes(HANDSHAKE, FORMAT, ENCODINGS, ...INPUT, UPDATE), isByteByByte)).toEqual(
      bytes(FORMAT, ENCODINGS, UPDATE),
    );
    expect(asked).toHaveLength(INPUT.length);
  });

  // SCR-13
  it.each([
    ['a clipboard', rfbClient.cutText('secret')],
    ['an extended clipboard', rfbClient.extendedCutText(bytes('secret'))],
    ['a size', rfbClient.setDesktopSize(2)],
    ['xvp', rfbClient.xvp()],
    ['audio, on', rfbClient.qemuAudio(0)],
    ['audio, its format', rfbClient.qemuAudio(2)],
  ])('never reaches the server when it is %s', (_, message) => {
    for (const isByteByByte of [false, true]) {
      expect(sent(bytes(HANDSHAKE, FORMAT, message, UPDATE), isByteByByte)).toEqual(bytes(FORMAT, UPDATE));
    }
  });

  // SCR-11
  it('asks for encodings that are known here, in its order', () => {
    const [clipboard, hextile, h264, name, xvp, vmwareCursor] = [0xc0a1e5ce, 5, 50, -307, -309, 0x574d5664];
    const known = [1, 7, 16, 0, -26, -254, -223, -224, -258, -261, -308, -312, -313, -316, -239];
    const encodings = rfbClient.setEncodings(hextile, ...known, h264, clipboard, name, xvp, vmwareCursor);
    expect(sent(bytes(HANDSHAKE, encodings))).toEqual(rfbClient.setEncodings(...known));
    expect(sent(bytes(HANDSHAKE, encodings), true)).toEqual(rfbClient.setEncodings(...known));
  });

  // SCR-10
  it.each([
    ['8 bits', bytes(8, 8, 0, 1, u16(7), u16(7), u16(3), 0, 3, 6, 0, 0, 0)],
    ['a colour map', bytes(32, 24, 0, 0, u16(255), u16(255), u16(255), 0, 8, 16, 0, 0, 0)],
    ['30 bits of colour', bytes(32, 30, 0, 1, u16(1023), u16(1023), u16(1023), 0, 10, 20, 0, 0, 0)],
  ])('is refused with a pixel format of %s', (_, format) => {
    expect(() => sent(bytes(HANDSHAKE, rfbClient.setPixelFormat(format)))).toThrow(RfbError);
  });

  // SCR-10
  it('names its pixel format before it asks for pixels, and then no more', () => {
    expect(() => sent(bytes(HANDSHAKE, UPDATE))).toThrow(RfbError);
    expect(() => sent(bytes(HANDSHAKE, FORMAT, UPDATE, FORMAT))).toThrow(RfbError);
    const other = rfbClient.setPixelFormat(bytes(RFB_PIXEL_FORMAT.subarray(0, 10), 16, 8, 0, 0, 0, 0));
    expect(sent(bytes(HANDSHAKE, other, UPDATE))).toEqual(bytes(other, UPDATE));
  });

  // SCR-9
  it.each([
    ['of an unknown type', bytes(7)],
    ['for file transfer', bytes(252)],
    ['of an unknown kind of QEMU', bytes(255, 2)],
    ['of an unknown kind of audio', bytes(255, 1, u16(3))],
    ['with 257 encodings', bytes(2, 0, u16(257))],
    ['with a fence of 65 bytes', bytes(248, 0, 0, 0, u32(0), 65)],
    ['with a clipboard of 2 GB', bytes(6, 0, 0, 0, u32(0x7fffffff))],
    ['with an extended clipboard of 2 GB', bytes(6, 0, 0, 0, u32(0x80000000))],
  ])('ends the connection %s', (_, message) => {
    expect(() => sent(bytes(HANDSHAKE, message))).toThrow(RfbError);
    expect(() => sent(bytes(HANDSHAKE, message), true)).toThrow(RfbError);
  });

  const EXTENSIONS: [string, number, Uint8Array][] = [
    ['further buttons', encoding.EXTENDED_MOUSE_BUTTONS, rfbClient.extendedPointer(0x300, 10, 20)],
    ['a key of QEMU', encoding.QEMU_EXTENDED_KEY_EVENT, rfbClient.qemuKey(0x61, 30, true)],
    ['a fence', encoding.FENCE, rfbClient.fence(bytes('now'))],
    ['continuous updates', encoding.CONTINUOUS_UPDATES, rfbClient.continuousUpdates(true)],
  ];

  // SCR-24: a server that reads six bytes of a PointerEvent takes the seventh, and all that follows, for other messages.
  it.each(EXTENSIONS)('goes to no server that would read something else: %s', (_, needed, message) => {
    const start = bytes(HANDSHAKE, FORMAT);
    const without = rfbClient.setEncodings(...EXTENDED.filter((one) => one !== needed));
    expect(sent(bytes(start, ENCODINGS, message))).toEqual(bytes(FORMAT, ENCODINGS, message));
    expect(() => sent(bytes(start, message)), 'never asked for').toThrow(RfbError);
    expect(() => sent(bytes(start, ENCODINGS, without, message)), 'asked for no more').toThrow(RfbError);
    announced = EXTENDED.filter((one) => one !== needed);
    for (const isByteByByte of [false, true]) {
      expect(() => sent(bytes(start, ENCODINGS, message), isByteByByte), 'not announced').toThrow(RfbError);
    }
  });

  // SCR-9
  it('is read or refused, whatever bytes come, and never lets input by', () => {
    mayInput = false;
    const begun = bytes(FORMAT, ENCODINGS);
    const start = bytes(HANDSHAKE, begun);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        try {
          const on = sent(bytes(start, noise));
          expect(on.subarray(0, begun.length)).toEqual(begun);
          // What went on begins with one of the types that may.
          if (on.length > begun.length) expect([0, 2, 3, 150, 248]).toContain(on[begun.length]);
        } catch (error) {
          expect(error).toBeInstanceOf(RfbError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
