import { CODE_ALPHABET } from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { decodeNote, encodeNote } from './peer-messages.ts';
import { spelledCode } from './spelled-code.ts';
import { durationText } from './time-left.ts';

describe('a code read aloud', () => {
  // SHR-1
  it('has a word for each letter of the alphabet of codes, and figures as they are', () => {
    expect(spelledCode('7K3MQ9TD')).toBe('7 Kilo 3 Mike, Quebec 9 Tango Delta');
    const letters = [...CODE_ALPHABET].filter((letter) => /[A-Z]/.test(letter));
    for (const letter of letters) expect(spelledCode(letter.repeat(8))).toMatch(new RegExp(`^${letter}[a-z-]+ `));
  });
});

describe('time that is left', () => {
  it.each([
    [0, '0:00'],
    [1, '0:01'],
    [59_001, '1:00'],
    [3_599_000, '59:59'],
    [3_600_000, '1:00:00'],
    [-5, '0:00'],
  ])('of %s ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));
});

describe('a note beside the picture', () => {
  it('reads back', () => {
    for (const isPaused of [true, false]) expect(decodeNote(encodeNote({ isPaused }))).toEqual({ isPaused });
  });

  it.each([
    ['no text', new ArrayBuffer(4)],
    ['no JSON', '{'],
    ['null', 'null'],
    ['another member', '{"isPaused":"yes"}'],
    ['very much', `{"isPaused":true,"more":"${'x'.repeat(1_000)}"}`],
  ])('is none that is %s', (_what, data) => expect(decodeNote(data)).toBeUndefined());
});
