/** The records that every server holds, and the bodies that change them: the same for all, made from a number. */
import { parseDateTimeOffset } from '@open-remote-help/protocol';

/** The four documented properties of an extendRemoteHelpSessionResponse. */
export interface Members {
  readonly sessionKey: string;
  readonly acsHelperUserToken: string;
  readonly pubSubHelperAccessUri: string;
  readonly sessionExpirationDateTime: string;
}

/** The tenant of the bare tables. */
export const TENANT = '11111111-1111-4111-8111-111111111111';

/** A UUID that sorts by `index`. */
export function idOf(index: number): string {
  return `01980000-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;
}

/** Members whose values differ with `index` and `revision`; about 300 bytes as JSON, all ASCII. */
export function membersOf(index: number, revision: number): Members {
  const mark = (index * SPREAD + revision).toString(36).padStart(12, '0');
  return {
    sessionKey: `session-${index.toString(36).padStart(16, '0')}`,
    acsHelperUserToken: `${TOKEN_START}${mark.repeat(4)}`,
    pubSubHelperAccessUri: `wss://help.example.org/client/hubs/help?access_token=${mark}`,
    sessionExpirationDateTime: instantOf(index, revision),
  };
}

const TOKEN_START = 'eyJhbGciOiJFZERTQSJ9.';
/** More revisions of one record than any run makes. */
const SPREAD = 1_000_000_000;

/** UTC with milliseconds: what every peer can keep, too. */
function instantOf(index: number, revision: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `20${two(26 + (revision % 50))}-${two(1 + (index % 12))}-${two(1 + (revision % 28))}`;
  const time = `${two(revision % 24)}:${two(index % 60)}:${two(Math.floor(index / 60) % 60)}`;
  return `${date}T${time}.${String(index % 1_000).padStart(3, '0')}Z`;
}

type Answer = Readonly<Record<string, unknown>>;

/** Says what is wrong with an answer that should show `members` of a record; undefined when nothing is. */
export function faultOf(answer: Answer, index: number, members: Members): string | undefined {
  if (answer.id !== idOf(index)) return `id is ${String(answer.id)}, not ${idOf(index)}`;
  for (const name of ['sessionKey', 'acsHelperUserToken', 'pubSubHelperAccessUri'] as const) {
    if (answer[name] !== members[name]) return `${name} is ${String(answer[name])}, not ${members[name]}`;
  }
  const shown = answer.sessionExpirationDateTime;
  const expected = members.sessionExpirationDateTime;
  if (shown === expected || ticksOf(shown) === ticksOf(expected)) return undefined;
  return `sessionExpirationDateTime is ${String(shown)}, not ${expected}`;
}

/** The members of whichever revision the answer shows: all four must then be of that one revision. */
export function membersShown(answer: Answer, index: number): Members {
  const mark = String(answer.acsHelperUserToken).slice(-12);
  return membersOf(index, Number.parseInt(mark, 36) - index * SPREAD);
}

/** 100 ns units: peers write the same instant differently. */
function ticksOf(instant: unknown): bigint | undefined {
  return typeof instant === 'string' ? parseDateTimeOffset(instant)?.ticks : undefined;
}

/** The values as the bare tables keep them: texts, then the instant also as a number that sorts. */
export function valuesOf(members: Members): (string | number)[] {
  // biome-ignore lint/style/noRestrictedGlobals: reads a text, not the clock
  const milliseconds = Date.parse(members.sessionExpirationDateTime);
  return [
    members.sessionKey,
    members.acsHelperUserToken,
    members.pubSubHelperAccessUri,
    members.sessionExpirationDateTime,
    milliseconds * 10_000,
  ];
}
