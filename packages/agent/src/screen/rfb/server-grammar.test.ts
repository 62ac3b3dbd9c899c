import { bytes, filled, RFB_VERSION, rfbServer, tightData, u16, u32 } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import * as encoding from './encodings.ts';
import { Extensions } from './extensions.ts';
import { RfbError } from './rfb-error.ts';
import { RfbStream } from './rfb-stream.ts';
import { serverGrammar } from './server-grammar.ts';
import { vncAuthResponse } from './vnc-auth.ts';

const HANDSHAKE = bytes(RFB_VERSION, 1, 1, u32(0));
const START = bytes(HANDSHAKE, rfbServer.init(64, 48, 'anna@desk'));
/** The name stays here. */
const INIT = rfbServer.init(64, 48, '');
const { rectangle, update } = rfbServer;
const BELL = rfbServer.bell();

let replies: Uint8Array[];
let extensions: Extensions;
beforeEach(() => {
  replies = [];
  extensions = new Extensions();
});

/** What reaches the helper of what a server sends, byte by byte or at once. */
function sent(message: Uint8Array, { isByteByByte = false, password = undefined as string | undefined } = {}) {
  const parts: Uint8Array[] = [];
  const grammar = serverGrammar({
    reply: (one) => replies.push(one),
    extensions,
    ...(password === undefined ? {} : { password }),
  });
  const stream = new RfbStream(grammar, (part) => parts.push(Uint8Array.from(part)));
  if (isByteByByte) for (const byte of message) stream.push(Uint8Array.of(byte));
  else stream.push(message);
  return bytes(...parts);
}

describe('the handshake with a VNC server', () => {
  // SCR-8
  it('takes no security where it is offered, and shares', () => {
    expect(sent(START)).toEqual(INIT);
    expect(bytes(...replies)).toEqual(bytes('RFB 003.008\n', 1, 1));
  });

  // SCR-8
  it('answers a password with one', () => {
    const challenge = filled(16);
    const server = bytes('RFB 003.889\n', 3, 30, 2, 35, challenge, u32(0), rfbServer.init(64, 48, ''));
    expect(sent(server, { password: 'secret', isByteByByte: true })).toEqual(INIT);
    expect(bytes(...replies)).toEqual(bytes('RFB 003.008\n', 2, vncAuthResponse('secret', challenge), 1));
  });

  // SCR-8
  it.each([
    ['asks for a password that is not set', bytes(RFB_VERSION, 1, 2), 'password'],
    ['asks for more', bytes(RFB_VERSION, 1, 19), 'more than a password'],
    ['refuses', bytes(RFB_VERSION, 1, 1, u32(1)), 'refuses the password'],
    ['has no security types', bytes(RFB_VERSION, 0), 'refuses connections'],
    ['speaks an old version', bytes('RFB 003.007\n'), '3.8'],
    ['speaks something else', bytes('SSH-2.0-Open'), '3.8'],
  ])('gives up when the server %s', (_, message, problem) => {
    expect(() => sent(message)).toThrow(problem);
  });

  // SCR-14
  it.each([
    ['20,000 pixels wide', rfbServer.init(20_000, 1, '')],
    ['of 16,000 by 16,000', rfbServer.init(16_000, 16_000, '')],
    ['with a name of 4 GB', bytes(rfbServer.init(64, 48, '').subarray(0, 20), u32(0xffffffff))],
  ])('refuses a desktop %s', (_, init) => {
    expect(() => sent(bytes(HANDSHAKE, init))).toThrow(RfbError);
  });
});

const PALETTE = (colors: number) => bytes(colors - 1, filled(colors * 3));
const WHOLE: [string, Uint8Array][] = [
  ['Raw', rectangle(0, 0, 3, 2, 0, filled(24))],
  ['CopyRect', rectangle(0, 0, 3, 2, 1, bytes(u16(5), u16(6)))],
  ['ZRLE', rectangle(0, 0, 3, 2, 16, bytes(u32(9), filled(9)))],
  ['Tight, filled', rectangle(0, 0, 64, 48, 7, bytes(0x80, 1, 2, 3))],
  ['Tight, JPEG', rectangle(0, 0, 64, 48, 7, bytes(0x90, tightData(20_000)))],
  ['Tight, small', rectangle(0, 0, 3, 1, 7, bytes(0x00, filled(9)))],
  ['Tight, copied', rectangle(0, 0, 64, 48, 7, bytes(0x0f, tightData(100)))],
  ['Tight, copied by name', rectangle(0, 0, 64, 48, 7, bytes(0x40, 0, tightData(300)))],
  ['Tight, two colours', rectangle(0, 0, 64, 48, 7, bytes(0x50, 1, PALETTE(2), tightData(127)))],
  ['Tight, two colours, small', rectangle(0, 0, 9, 5, 7, bytes(0x50, 1, PALETTE(2), filled(10)))],
  ['Tight, 256 colours', rectangle(0, 0, 64, 48, 7, bytes(0x60, 1, PALETTE(256), tightData(128)))],
  ['Tight, three colours, small', rectangle(0, 0, 11, 1, 7, bytes(0x60, 1, PALETTE(3), filled(11)))],
  ['Tight, gradient', rectangle(0, 0, 64, 48, 7, bytes(0x70, 2, tightData(16_384)))],
  ['a cursor', rectangle(1, 1, 10, 3, -239, filled(10 * 3 * 4 + 2 * 3))],
  ['no cursor', rectangle(0, 0, 0, 0, -239)],
  ['LED state', rectangle(0, 0, 0, 0, -261, bytes(4))],
  ['QEMU keys', rectangle(0, 0, 0, 0, -258)],
  ['further buttons', rectangle(0, 0, 0, 0, -316)],
  ['a size', rectangle(0, 0, 80, 60, -223)],
  ['a size and monitors', rectangle(0, 0, 80, 60, -308, bytes(2, 0, 0, 0, filled(32)))],
];

describe('what a VNC server sends', () => {
  // SCR-14
  it.each(WHOLE)('passes to the byte: %s', (_, one) => {
    const message = bytes(update(one), rfbServer.endOfContinuousUpdates(), update(one, one));
    expect(sent(bytes(START, message))).toEqual(bytes(INIT, message));
    expect(sent(bytes(START, message), { isByteByByte: true })).toEqual(bytes(INIT, message));
  });

  // SCR-24
  it.each([
    ['further buttons', encoding.EXTENDED_MOUSE_BUTTONS, update(rectangle(0, 0, 0, 0, -316))],
    ['QEMU keys', encoding.QEMU_EXTENDED_KEY_EVENT, update(rectangle(0, 0, 0, 0, -258))],
    ['continuous updates', encoding.CONTINUOUS_UPDATES, rfbServer.endOfContinuousUpdates()],
    ['fences', encoding.FENCE, rfbServer.fence(filled(0))],
  ])('tells that it reads %s, and nothing of what it does not', (_, told, message) => {
    const all = [-316, -258, -313, -312];
    extensions.asked(all);
    sent(bytes(START, update(rectangle(0, 0, 1, 1, 0, filled(4)))));
    expect(all.filter((one) => extensions.has(one))).toEqual([]);
    sent(bytes(START, message));
    expect(all.filter((one) => extensions.has(one))).toEqual([told]);
  });

  // SCR-14
  it('passes any series of these, and nothing of what is between them', () => {
    const rectangles = fc.constantFrom(...WHOLE.map(([, one]) => one));
    const message = fc.oneof(
      fc.array(rectangles, { maxLength: 4 }).map((some) => ({ sent: update(...some), on: update(...some) })),
      fc.array(rectangles, { maxLength: 4 }).map((some) => {
        const open = bytes(0, 0, u16(0xffff), ...some, rectangle(0, 0, 0, 0, -224));
        return { sent: open, on: open };
      }),
      fc.constant({ sent: BELL, on: bytes() }),
      fc.string().map((text) => ({ sent: rfbServer.cutText(Buffer.from(text).toString('hex')), on: bytes() })),
      fc.constant({ sent: rfbServer.fence(filled(64)), on: rfbServer.fence(filled(64)) }),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.boolean(), (messages, isByteByByte) => {
        const all = bytes(START, ...messages.map((one) => one.sent));
        expect(sent(all, { isByteByByte })).toEqual(bytes(INIT, ...messages.map((one) => one.on)));
      }),
    );
  });

  // SCR-15
  it.each([
    ['a clipboard', rfbServer.cutText('secret')],
    ['an extended clipboard', rfbServer.extendedCutText(filled(50))],
    ['a bell', BELL],
  ])('never reaches a helper when it is %s', (_, message) => {
    for (const isByteByByte of [false, true]) {
      expect(sent(bytes(START, message, update()), { isByteByByte })).toEqual(bytes(INIT, update()));
    }
  });

  // SCR-14
  it('may lie anywhere on the desktop as it is by then', () => {
    const corner = rectangle(79, 59, 1, 1, 7, bytes(0x80, 1, 2, 3));
    expect(() => sent(bytes(START, update(corner)))).toThrow(RfbError);
    const resized = update(rectangle(0, 0, 80, 60, -223));
    expect(sent(bytes(START, resized, update(corner)))).toEqual(bytes(INIT, resized, update(corner)));
    // rfbproto, ExtendedDesktopSize: a client's request (1) that failed (3) changes nothing.
    const refused = update(rectangle(1, 3, 80, 60, -308, bytes(0, 0, 0, 0)));
    expect(() => sent(bytes(START, refused, update(corner)))).toThrow(RfbError);
  });

  // SCR-14
  it.each([
    ['of an unknown type', bytes(9)],
    ['with a colour map', bytes(1)],
    ['of xvp', bytes(250)],
    ['with audio', bytes(255)],
    ['with Hextile', update(rectangle(0, 0, 1, 1, 5))],
    ['with H.264', update(rectangle(0, 0, 1, 1, 50))],
    ['with a name', update(rectangle(0, 0, 0, 0, -307))],
    ['with an unknown encoding', update(rectangle(0, 0, 1, 1, 12_345))],
    ['with a rectangle to the right of the desktop', update(rectangle(60, 0, 5, 1, 0))],
    ['with a rectangle below the desktop', update(rectangle(0, 48, 1, 1, 7))],
    ['with a copy from outside of it', update(rectangle(0, 0, 4, 4, 1, bytes(u16(61), u16(0))))],
    ['with a cursor as large as a house', update(rectangle(0, 0, 513, 1, -239))],
    ['with a desktop that no browser draws', update(rectangle(0, 0, 65_535, 65_535, -223))],
    ['with such a desktop and monitors', update(rectangle(0, 0, 65_535, 65_535, -308, bytes(1, 0, 0, 0)))],
    ['with ZRLE of 4 GB', update(rectangle(0, 0, 1, 1, 16, u32(0xffffffff)))],
    ['with PNG in Tight', update(rectangle(0, 0, 1, 1, 7, bytes(0xa0)))],
    ['with an unknown filter', update(rectangle(0, 0, 1, 1, 7, bytes(0x40, 3)))],
    ['with a fence of 65 bytes', bytes(248, 0, 0, 0, u32(0), 65)],
    ['with a clipboard of 2 GB', bytes(3, 0, 0, 0, u32(0x7fffffff))],
    ['with an extended clipboard of 2 GB', bytes(3, 0, 0, 0, u32(0x80000000))],
  ])('ends the connection %s', (_, message) => {
    expect(() => sent(bytes(START, message))).toThrow(RfbError);
    expect(() => sent(bytes(START, message), { isByteByByte: true })).toThrow(RfbError);
  });

  // SCR-14
  it('is read or refused, whatever bytes come, and asks the server for nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, isUpdate) => {
        replies = [];
        try {
          sent(bytes(START, isUpdate ? bytes(0, 0, u16(0xffff)) : bytes(), noise));
        } catch (error) {
          expect(error).toBeInstanceOf(RfbError);
        }
        expect(bytes(...replies)).toEqual(bytes('RFB 003.008\n', 1, 1));
      }),
      { numRuns: 2_000 },
    );
  });
});
