import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CODE_ALPHABET,
  CODE_LENGTH,
  invitationCodeOf,
  readInvitationCode,
  shownInvitationCode,
} from './invitation-code.ts';

const codes = fc.uint8Array({ minLength: CODE_LENGTH, maxLength: CODE_LENGTH }).map(invitationCodeOf);

describe('the code of an invitation', () => {
  // SHR-1
  it('has 8 of 32 characters, none of which is I, L, O or U', () => {
    expect(new Set(CODE_ALPHABET).size).toBe(32);
    expect(CODE_ALPHABET).not.toMatch(/[ILOU]/);
    expect(invitationCodeOf(new Uint8Array([0, 31, 32, 255, 10, 18, 20, 27]))).toBe('0Z0ZAJMV');
  });

  // SHR-1
  it('is as likely to have one character as any other in each place', () => {
    const seen = new Map<string, number>();
    for (let byte = 0; byte < 256; byte++) {
      const [first = ''] = invitationCodeOf(new Uint8Array(CODE_LENGTH).fill(byte));
      seen.set(first, (seen.get(first) ?? 0) + 1);
    }
    expect([...seen.values()]).toEqual(Array.from({ length: 32 }, () => 8));
  });

  // SHR-2
  it('reads back however it is typed', () => {
    fc.assert(
      fc.property(codes, fc.array(fc.constantFrom(' ', '-', '–', '\u00a0', '.', '')), (code, between) => {
        const typed = [...code].map((letter, index) => `${letter}${between[index] ?? ''}`).join('');
        expect(readInvitationCode(typed)).toBe(code);
        expect(readInvitationCode(typed.toLowerCase())).toBe(code);
        expect(readInvitationCode(shownInvitationCode(code))).toBe(code);
      }),
    );
  });

  // SHR-2
  it.each([
    ['o and O as 0', 'oO00-0000', '00000000'],
    ['i, I, l and L as 1', 'iIlL-1111', '11111111'],
    ['full width characters as theirs', '７Ｋ３Ｍ－Ｑ９ＴＤ', '7K3MQ9TD'],
  ])('reads %s', (_what, typed, code) => expect(readInvitationCode(typed)).toBe(code));

  // SHR-2
  it.each([
    ['nothing', ''],
    ['one character less', '7K3MQ9T'],
    ['one character more', '7K3MQ9TDX'],
    ['a U', '7K3MQ9TU'],
    ['another script', '7K3MQ9TД'],
    ['a control character', '7K3MQ9T\u0000'],
    ['very much', '7K3MQ9TD '.repeat(100_000)],
  ])('is none with %s', (_what, typed) => expect(readInvitationCode(typed)).toBeUndefined());
});
