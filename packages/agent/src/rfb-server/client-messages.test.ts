import { rfbClient } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RfbError } from '../screen/rfb/rfb-error.ts';
import { RfbStream } from '../screen/rfb/rfb-stream.ts';
import { type ClientListener, clientMessages } from './client-messages.ts';

const HANDSHAKE = Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.of(1, 1)]);

/** Everything that was heard, in order. */
function heard(...chunks: readonly Uint8Array[]): unknown[] {
  const calls: unknown[] = [];
  const note =
    (name: string) =>
    (...of: unknown[]) =>
      void calls.push([name, ...of.map((each) => (each instanceof Uint8Array ? [...each] : each))]);
  const listener: ClientListener = {
    reply: () => undefined,
    init: note('init'),
    pixelFormat: note('pixelFormat'),
    encodings: note('encodings'),
    updateRequest: note('updateRequest'),
    continuousUpdates: note('continuousUpdates'),
    fence: note('fence'),
    key: note('key'),
    pointer: note('pointer'),
  };
  const stream = new RfbStream(clientMessages(listener), () => undefined);
  for (const chunk of chunks) stream.push(chunk);
  return calls;
}

const EVERYTHING = Buffer.concat([
  HANDSHAKE,
  rfbClient.setPixelFormat(),
  rfbClient.setEncodings(7, -239, -313),
  rfbClient.update(true, 1, 2, 3, 4),
  rfbClient.key(0xffe1, true),
  rfbClient.pointer(5, 300, 400),
  rfbClient.continuousUpdates(true),
  rfbClient.continuousUpdates(false),
  rfbClient.fence(Uint8Array.of(9, 8)),
]);
const HEARD = [
  ['init'],
  ['pixelFormat', { red: 0, green: 1, blue: 2 }],
  ['encodings', [7, -239, -313]],
  ['updateRequest', { x: 1, y: 2, width: 3, height: 4 }, true],
  ['key', 0xffe1, true],
  ['pointer', 5, 300, 400],
  ['continuousUpdates', { x: 0, y: 0, width: 64, height: 64 }],
  ['continuousUpdates', undefined],
  ['fence', 0, [9, 8]],
];

describe('a client', () => {
  // RFB-5
  it('is read at once, and byte for byte', () => {
    expect(heard(EVERYTHING)).toEqual(HEARD);
    expect(heard(...Array.from(EVERYTHING, (byte) => Uint8Array.of(byte)))).toEqual(HEARD);
  });

  // RFB-5
  it.each([
    ['another version', Buffer.from('RFB 003.003\n')],
    ['another security type', Buffer.concat([HANDSHAKE.subarray(0, 12), Buffer.of(2)])],
    [
      'sixteen bits a pixel',
      Buffer.concat([
        HANDSHAKE,
        rfbClient.setPixelFormat(Buffer.of(16, 16, 0, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0)),
      ]),
    ],
    ['a change of the desktop', Buffer.concat([HANDSHAKE, rfbClient.setDesktopSize(1)])],
    ['more encodings than there are', Buffer.concat([HANDSHAKE, rfbClient.setEncodings(...new Array(300).fill(7))])],
    ['a long fence', Buffer.concat([HANDSHAKE, rfbClient.fence(new Uint8Array(65))])],
  ])('with %s is refused', (_, bytes) => {
    expect(() => heard(bytes)).toThrow(RfbError);
  });

  // RFB-5
  it('may send any bytes without doing harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          heard(HANDSHAKE, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(RfbError);
        }
      }),
    );
  });
});
