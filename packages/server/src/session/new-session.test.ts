import { describe, expect, it } from 'vitest';
import { readSessionType, readWish } from './new-session.ts';

// SES-1.3
describe('what a helper asks for', () => {
  it.each([
    ['viewScreen', 'viewScreen'],
    ['VIEWSCREEN', 'viewScreen'],
    [' takefullcontrol ', 'takeFullControl'],
    ['Unattended', 'unattended'],
  ])('%s is %s', (text, type) => expect(readSessionType(text)).toBe(type));

  it.each([
    'elevation',
    'Elevation',
    'unknownFutureValue',
    'viewScreen,takeFullControl',
    '',
    '1',
    2,
    null,
    undefined,
    {},
  ])('%s is refused by name', (text) => {
    expect(() => readSessionType(text)).toThrow(expect.objectContaining({ code: 'badRequest', target: 'sessionType' }));
  });

  it('has a limit to reason and ticket, in characters', () => {
    expect(readWish('viewScreen', '😀'.repeat(500), 'x'.repeat(100)).type).toBe('viewScreen');
    expect(() => readWish('viewScreen', 'x'.repeat(501))).toThrow(expect.objectContaining({ target: 'reason' }));
    expect(() => readWish('viewScreen', null, 'x'.repeat(101))).toThrow(expect.objectContaining({ target: 'ticket' }));
  });
});
