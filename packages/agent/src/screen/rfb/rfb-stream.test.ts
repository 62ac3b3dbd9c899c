import { bytes } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RfbError } from './rfb-error.ts';
import { drop, type Grammar, instead, pass, RfbStream, take } from './rfb-stream.ts';

/** What goes on of chunks. */
function through(grammar: Grammar, chunks: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = [];
  const stream = new RfbStream(grammar, (part) => parts.push(Uint8Array.from(part)));
  for (const chunk of chunks) stream.push(chunk);
  return bytes(...parts);
}

/** P n … passes, D n … is dropped, I becomes "!", of T two bytes are looked at one by one and swallowed or not. */
function* letters(): Grammar {
  for (;;) {
    const [letter] = yield take(1);
    switch (String.fromCharCode(letter ?? 0)) {
      case 'P':
        yield pass((yield take(1))[0] ?? 0);
        break;
      case 'D':
        yield drop((yield take(1))[0] ?? 0);
        break;
      case 'I':
        yield instead(bytes('!'));
        break;
      case 'T': {
        const [first] = yield take(1);
        const [second] = yield take(1);
        yield first === second ? pass() : drop();
        break;
      }
      default:
        throw new RfbError('No such letter.');
    }
  }
}

const message = fc.oneof(
  fc
    .uint8Array({ maxLength: 40 })
    .map((body) => ({ sent: bytes('P', body.length, body), on: bytes('P', body.length, body) })),
  fc.uint8Array({ maxLength: 40 }).map((body) => ({ sent: bytes('D', body.length, body), on: bytes() })),
  fc.constant({ sent: bytes('I'), on: bytes('!') }),
  fc.constant({ sent: bytes('Taa'), on: bytes('Taa') }),
  fc.constant({ sent: bytes('Tab'), on: bytes() }),
);

describe('a direction of RFB', () => {
  it('passes, drops and replaces the same, however it is cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.array(fc.nat(30)), (messages, cuts) => {
        const sent = bytes(...messages.map((one) => one.sent));
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(sent.subarray(at, at + cut));
          at = Math.min(at + cut, sent.length);
        }
        chunks.push(sent.subarray(at));
        expect(through(letters(), chunks)).toEqual(bytes(...messages.map((one) => one.on)));
      }),
    );
  });

  it('hands on what is next to each other as one slice of what came', () => {
    const parts: Uint8Array[] = [];
    const stream = new RfbStream(letters(), (part) => parts.push(part));
    const chunk = bytes('P', 3, 'abc', 'Taa', 'P', 1, 'x', 'D', 1, 'y', 'P', 9, 'begun');
    stream.push(chunk);
    expect(parts.map((part) => Buffer.from(part).toString('latin1'))).toEqual(['P\x03abcTaaP\x01x', 'P\x09begun']);
    expect(parts.every(({ buffer }) => buffer === chunk.buffer)).toBe(true);
  });

  it('holds no more than what is not decided yet, and refuses to decide by much', () => {
    function* greedy(): Grammar {
      yield take(5_000);
    }
    expect(() => new RfbStream(greedy(), () => undefined)).toThrow(RfbError);
  });
});
