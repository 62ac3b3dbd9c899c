import { expect, it } from 'vitest';
import type { ChatLine } from './sharer-state.ts';
import { speakerOf } from './speaker.ts';

const lineOf = (userId: string, name: string, mail: string | null): ChatLine => ({
  id: '1',
  from: { userId, name, mail, organization: 'Example Corp' },
  text: 'Hello',
  isDelivered: true,
});
const OWN: ChatLine = { id: '2', from: undefined, text: 'Hello', isDelivered: true };
const ANNA = lineOf('anna', 'Anna', 'anna@example.org');
const OTHER = lineOf('mallory', 'ANNA ', null);

it.each([
  ['one of whom there is one by his name', ANNA, [ANNA, OWN], 'Anna'],
  ['oneself', OWN, [ANNA, OWN], 'You'],
  ['one of whom there are two, by mail', ANNA, [ANNA, OTHER], 'Anna (anna@example.org)'],
  ['the other one, by organisation where he has no mail', OTHER, [ANNA, OTHER], 'ANNA  (Example Corp)'],
  ['one who is called as one is oneself', lineOf('x', 'ｙou.', 'x@example.org'), [OWN], 'ｙou. (x@example.org)'],
])('a line is headed for %s', (_who, line, chat, head) => expect(speakerOf(line, chat, 'You')).toBe(head));
