/** Shapes of JSON values: each reads an unknown value, names what is at fault, and bounds what it lets in. */
import { parseDateTimeOffset } from '../edm/date-time-offset.ts';
import { decodeBase64 } from './bytes.ts';
import { EventRefusal } from './refusal.ts';

/** Reads a value found at `field`. @throws EventRefusal `malformed` */
export type Shape<T> = (value: unknown, field: string) => T;

export type TypeOf<S> = S extends Shape<infer T> ? T : never;

/** Longest list that is read at all. */
const MOST_ITEMS = 64;
/** What may stand in no line that a person decides by: it could hide, reorder or break what is shown. */
const UNFIT_FOR_A_LINE = /[[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]--[\u200c\u200d]]/v;
const SPACES_AND_UNFIT = new RegExp(`[${UNFIT_FOR_A_LINE.source}\\s]+`, 'gv');
const UNFIT_FOR_TEXT = /[[\p{Cc}]--[\t\n\r]]/v;

export function malformed(field: string, problem: string): EventRefusal {
  return new EventRefusal('malformed', `${field} ${problem}.`, field);
}

function stringOf(value: unknown, field: string, most: number): string {
  if (value === undefined) throw malformed(field, 'is missing');
  if (typeof value !== 'string') throw malformed(field, 'is no string');
  if (value.length > most) throw malformed(field, `has more than ${most} characters`);
  return value;
}

/** Text of several lines, empty or not. Lengths count UTF-16 code units. */
export const text =
  (most: number): Shape<string> =>
  (value, field) => {
    const read = stringOf(value, field, most);
    if (!read.isWellFormed() || UNFIT_FOR_TEXT.test(read)) throw malformed(field, 'holds a character that is no text');
    return read;
  };

/** One line to show to a person, not empty. */
export const line =
  (most: number): Shape<string> =>
  (value, field) => {
    const read = stringOf(value, field, most);
    if (read.trim() === '') throw malformed(field, 'is empty');
    if (!read.isWellFormed() || UNFIT_FOR_A_LINE.test(read))
      throw malformed(field, 'holds a character unfit for a line');
    return read;
  };

/** Makes any text fit for `line(most)`; empty when nothing is left. */
export function toLine(anything: string, most: number): string {
  const cut = anything.toWellFormed().replace(SPACES_AND_UNFIT, ' ').trim().slice(0, most).trimEnd();
  return cut.isWellFormed() ? cut : cut.slice(0, -1).trimEnd();
}

/** An identifier: printable ASCII without spaces, not empty. */
export const token =
  (most: number): Shape<string> =>
  (value, field) => {
    const read = stringOf(value, field, most);
    if (!/^[\x21-\x7e]+$/.test(read)) throw malformed(field, 'is no identifier');
    return read;
  };

/** Exactly `length` bytes, or up to `most` of them, as base64. */
export const base64 =
  (least: number, most = least): Shape<Uint8Array<ArrayBuffer>> =>
  (value, field) => {
    const read = decodeBase64(stringOf(value, field, Math.ceil(most / 3) * 4));
    if (!read || read.length < least || read.length > most) throw malformed(field, 'is not base64 of the right length');
    return read;
  };

export const integer =
  (least: number, most: number): Shape<number> =>
  (value, field) => {
    if (!Number.isSafeInteger(value)) throw malformed(field, 'is no whole number');
    const read = value as number;
    if (read < least || read > most) throw malformed(field, `is not between ${least} and ${most}`);
    return read;
  };

/** An instant as the text of a DateTimeOffset. */
export const dateTime: Shape<string> = (value, field) => {
  const read = stringOf(value, field, 40);
  if (!parseDateTimeOffset(read)) throw malformed(field, 'is no DateTimeOffset');
  return read;
};

export const boolean: Shape<boolean> = (value, field) => {
  if (typeof value !== 'boolean') throw malformed(field, 'is neither true nor false');
  return value;
};

/** One of the names. A name that is not among them reads as `otherwise`, if given. */
export const oneOf =
  <const N extends string>(names: readonly N[], otherwise?: N): Shape<N> =>
  (value, field) => {
    const read = stringOf(value, field, 64);
    const name = names.find((candidate) => candidate === read) ?? otherwise;
    if (name === undefined) throw malformed(field, 'is none of the names that are possible');
    return name;
  };

export const list =
  <T>(item: Shape<T>, most = MOST_ITEMS): Shape<readonly T[]> =>
  (value, field) => {
    if (!Array.isArray(value)) throw malformed(field, 'is no list');
    if (value.length > most) throw malformed(field, `has more than ${most} items`);
    return value.map((one: unknown, index) => item(one, `${field}[${index}]`));
  };

/** `null` or the shape; absent is refused. */
export const nullable =
  <T>(shape: Shape<T>): Shape<T | null> =>
  (value, field) =>
    value === null ? null : shape(value, field);

type Members<S extends Readonly<Record<string, Shape<unknown>>>> = { readonly [K in keyof S]: TypeOf<S[K]> };

/** An object with these members; others are passed over. */
export const object =
  <const S extends Readonly<Record<string, Shape<unknown>>>>(shapes: S): Shape<Members<S>> =>
  (value, field) => {
    const members = membersOf(value, field);
    const read = Object.entries(shapes).map(([name, shape]) => {
      const path = field === '' ? name : `${field}.${name}`;
      return [name, shape(Object.hasOwn(members, name) ? members[name] : undefined, path)];
    });
    return Object.fromEntries(read) as Members<S>;
  };

/** Reads JSON. @throws EventRefusal `malformed` naming the field */
export function jsonIn(json: string, field: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed(field, 'is no JSON');
    throw error;
  }
}

/** The members of a JSON object. @throws EventRefusal when it is none */
export function membersOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(field === '' ? 'event' : field, value === undefined ? 'is missing' : 'is no object');
  }
  return value as Readonly<Record<string, unknown>>;
}
