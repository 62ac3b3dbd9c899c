/** Text to tokens, one at a time. Every pattern is sticky and unambiguous: each character is looked at once or twice. */
import { GUID_PATTERN, parseDateTimeOffset } from '@open-remote-help/protocol';
import { refusal, refuseUnstorable, type Source, type Span } from './source.ts';

export type TokenKind =
  /** A name or an operator, dots included: `sessionKey`, `eq`, `microsoft.graph.complianceState`. */
  | 'name'
  /** `'text'`; `value` is unescaped. */
  | 'string'
  /** `type'text'`; `value` is the unescaped text, `typeName` what stands before it. */
  | 'typed'
  | 'number'
  | 'instant'
  | 'guid'
  /** One of `(` `)` `,` `/`; `value` says which. */
  | 'mark'
  | 'end';

export interface Token extends Span {
  readonly kind: TokenKind;
  readonly value: string;
  readonly typeName?: string;
}

const SPACE = /[ \t]*/y;
const NAME = /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y;
/** Numbers and dates: read up to where neither could go on, then judged as a whole. */
const RUN = /[+-]?\d[\w.:+-]*/y;
const GUID = new RegExp(`${GUID_PATTERN}(?![\\w-])`, 'iy');
const NUMBER = /^[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;
const DATE = /^\d{4}-\d\d-\d\d/;

const NO_LITERAL = 'neither a number, a DateTimeOffset nor a Guid';
const NO_DATE_TIME_OFFSET =
  'not a DateTimeOffset, which needs a date on the calendar, a time, at most 7 fraction digits, and Z or an offset whose + is sent as %2B';

/** The token at or after `from`. */
export function nextToken(source: Source, from: number): Token {
  const start = from + matched(SPACE, source.text, from).length;
  const first = source.text[start];
  if (first === undefined) return { kind: 'end', value: '', start, end: start };
  if ('(),/'.includes(first)) return token('mark', start, first);
  if (first === "'") return readString(source, start, start);
  const guid = matched(GUID, source.text, start);
  if (guid) return token('guid', start, guid);
  const name = matched(NAME, source.text, start);
  if (name) return readName(source, start, name);
  const run = matched(RUN, source.text, start);
  if (run) return readRun(source, start, run);
  throw refusal(source, { start, end: start + 1 }, meaningOf(first));
}

function matched(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function token(kind: TokenKind, start: number, value: string): Token {
  return { kind, value, start, end: start + value.length };
}

function readName(source: Source, start: number, name: string): Token {
  const end = start + name.length;
  if (source.text[end] !== "'") return token('name', start, name);
  return { ...readString(source, start, end), kind: 'typed', typeName: name };
}

/** `start` is where the token begins, `open` where its opening quote stands. A doubled quote stands for one. */
function readString(source: Source, start: number, open: number): Token {
  const { text } = source;
  let close = text.indexOf("'", open + 1);
  while (close >= 0 && text[close + 1] === "'") close = text.indexOf("'", close + 2);
  if (close < 0) throw refusal(source, { start, end: text.length }, 'a string that is not closed');
  const value = text.slice(open + 1, close).replaceAll("''", "'");
  refuseUnstorable(source, { start, end: close + 1 }, value);
  return { kind: 'string', value, start, end: close + 1 };
}

function readRun(source: Source, start: number, run: string): Token {
  if (NUMBER.test(run)) return token('number', start, run);
  if (parseDateTimeOffset(run)) return token('instant', start, run);
  throw refusal(source, token('number', start, run), DATE.test(run) ? NO_DATE_TIME_OFFSET : NO_LITERAL);
}

function meaningOf(character: string): string {
  switch (character) {
    case '-':
      return 'negation is not supported';
    case '$':
      return '$it, $root and other $ names are not supported';
    case '@':
      return 'parameter aliases are not supported';
    default:
      return 'unexpected character';
  }
}
