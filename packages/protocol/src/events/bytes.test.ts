import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, decodeBase64, decodeUtf8, encodeBase64, encodeUtf8, equalBytes } from './bytes.ts';
import { EventRefusal } from './refusal.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const texts = fc.string({ unit: 'binary', maxLength: 100 });

describe('UTF-8', () => {
  it('is what the platform writes', () => {
    fc.assert(fc.property(texts, (text) => equalBytes(encodeUtf8(text), new TextEncoder().encode(text))));
  });

  it('reads what the platform reads, and refuses what it refuses', () => {
    const platform = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    fc.assert(
      fc.property(fc.oneof(bytes, texts.map(encodeUtf8)), (input) => {
        let expected: string | undefined;
        try {
          expected = platform.decode(input);
        } catch {
          expected = undefined;
        }
        if (expected === undefined) expect(() => decodeUtf8(input)).toThrow(EventRefusal);
        else expect(decodeUtf8(input)).toBe(expected);
      }),
    );
  });

  it.each(['\ud800', 'a\udc00', '\ud83d!'])('refuses half of a surrogate pair: %j', (text) => {
    expect(() => encodeUtf8(text)).toThrow(EventRefusal);
  });
});

describe('base64', () => {
  it('is what the platform writes, and reads back', () => {
    fc.assert(
      fc.property(bytes, (input) => {
        const text = encodeBase64(input);
        expect(text).toBe(Buffer.from(input).toString('base64'));
        expect(decodeBase64(text)).toEqual(new Uint8Array(input));
      }),
    );
  });

  it.each([
    'A',
    'AA',
    'AAA',
    'AA=A',
    '====',
    '=AAA',
    'A===',
    'AA==AA==',
    'AB==',
    'AAB=',
    'AA\n=',
    'AA-_',
    'AAA ',
    'AAA€',
    'AAA\u0000',
  ])('refuses %j', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });
});

describe('concat', () => {
  it('joins in order', () => {
    expect(concat(new Uint8Array([1]), new Uint8Array(), new Uint8Array([2, 3]))).toEqual(new Uint8Array([1, 2, 3]));
  });
});

describe('equalBytes', () => {
  it('compares every byte and the length', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), (input, at, flip) => {
        expect(equalBytes(input, Uint8Array.from(input))).toBe(true);
        for (const other of [concat(input, new Uint8Array(1)), input.slice(0, -1)]) {
          expect(equalBytes(input, other)).toBe(other.length === input.length);
          expect(equalBytes(other, input)).toBe(other.length === input.length);
        }
        if (input.length === 0) return;
        const altered = input.map((byte, index) => (index === at % input.length ? byte ^ flip : byte));
        expect(equalBytes(input, altered)).toBe(false);
      }),
    );
  });
});
