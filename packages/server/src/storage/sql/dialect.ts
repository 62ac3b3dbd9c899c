/**
 * What differs between the engines when an expression becomes SQL. Both give the same rows: strings are compared and
 * counted by code point, case folds in ASCII only, null is never true.
 *
 * What returns a string or a number puts no string or number that it is given into its text twice: nested calls would
 * double the text at every level.
 */
import type { FunctionName } from '../../store/expression.ts';
import { bound, type Fragment, raw, sql } from './fragment.ts';

/** A type of value that SQL can hold; enumerations are numbers. */
export type SqlKind = 'string' | 'number' | 'boolean' | 'instant';

/** SQL of a function; a date part gets the DateTimeOffset's text. */
type SqlFunction = (...args: Fragment[]) => Fragment;

export interface Dialect {
  readonly name: 'sqlite' | 'postgres';
  /** The finished statement, placeholders as the driver wants them. */
  statement(fragment: Fragment): Fragment;
  string(value: string): Fragment;
  number(value: number): Fragment;
  /** An instant in 100 ns ticks. */
  ticks(value: bigint): Fragment;
  boolean(value: boolean): Fragment;
  /** Null, of a type that the engine can tell. */
  nothing(kind: SqlKind): Fragment;
  /** A member of a column that holds a JSON object. */
  member(column: Fragment, name: string, kind: SqlKind): Fragment;
  /** Whether both are equal or both null; never null itself. */
  same(left: Fragment, right: Fragment): Fragment;
  /** The negation of `same`. */
  differ(left: Fragment, right: Fragment): Fragment;
  /** Deletes at most so many of the rows that meet the condition. */
  deleteSome(table: Fragment, condition: Fragment, most: number): Fragment;
  readonly functions: Readonly<Record<Exclude<FunctionName, 'totaloffsetminutes'>, SqlFunction>>;
}

/** Date parts stand at fixed places of the text; seconds and fraction may be missing (ISO 8601 with `T`). */
function digits(text: Fragment, start: number, length: number): Fragment {
  return sql`CAST(substr(${text}, ${raw(`${start}, ${length}`)}) AS integer)`;
}

const DATE_PARTS = {
  year: (text: Fragment) => digits(text, 1, 4),
  month: (text: Fragment) => digits(text, 6, 2),
  day: (text: Fragment) => digits(text, 9, 2),
  hour: (text: Fragment) => digits(text, 12, 2),
  minute: (text: Fragment) => digits(text, 15, 2),
  second: (text: Fragment) =>
    sql`CASE substr(${text}, 17, 1) WHEN ':' THEN ${digits(text, 18, 2)} ELSE ${zeroUnlessNull(text)} END`,
};

function zeroUnlessNull(text: Fragment): Fragment {
  return sql`CASE WHEN ${text} IS NOT NULL THEN 0 END`;
}

/** `fraction` is SQL of the digits behind the decimal point; there are some if the 20th character is a point. */
function fractionOf(text: Fragment, fraction: Fragment): Fragment {
  return sql`CASE substr(${text}, 20, 1) WHEN '.' THEN ${fraction} ELSE ${zeroUnlessNull(text)} END`;
}

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  statement: (fragment) => fragment,
  string: (value) => bound(value),
  number: (value) => bound(value),
  ticks: (value) => bound(value),
  boolean: (value) => raw(value ? '1' : '0'),
  nothing: () => raw('NULL'),
  member: (column, name) => sql`json_extract(${column}, ${raw(`'$.${name}'`)})`,
  same: (left, right) => sql`(${left} IS ${right})`,
  differ: (left, right) => sql`(${left} IS NOT ${right})`,
  deleteSome: (table, condition, most) =>
    sql`DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${condition} LIMIT ${raw(`${most}`)})`,
  functions: {
    ...DATE_PARTS,
    contains: (text, part) => sql`(instr(${text}, ${part}) > 0)`,
    startswith: (text, part) => sql`(substr(${text}, 1, length(${part})) = ${part})`,
    endswith: (text, part) => sql`(substr(${text}, length(${text}) - length(${part}) + 1) = ${part})`,
    tolower: (text) => sql`lower(${text})`,
    toupper: (text) => sql`upper(${text})`,
    trim: (text) => sql`trim(${text}, char(32, 9, 13, 10))`,
    length: (text) => sql`length(${text})`,
    indexof: (text, part) => sql`(instr(${text}, ${part}) - 1)`,
    substring: (text, start, length?: Fragment) =>
      length
        ? sql`substr(${text}, max(${start}, 0) + 1, max(${length}, 0))`
        : sql`substr(${text}, max(${start}, 0) + 1)`,
    concat: (left, right) => sql`(${left} || ${right})`,
    // The cast reads the number at the beginning and leaves the offset alone.
    fractionalseconds: (text) => fractionOf(text, sql`CAST('0' || substr(${text}, 20) AS real)`),
  },
};

/** A position or length between 0 and what fits an integer with 1 added; GREATEST alone would make 0 of null. */
function clamped(number: Fragment): Fragment {
  return sql`(SELECT CASE WHEN v IS NOT NULL THEN CAST(LEAST(GREATEST(v, 0), 2147483646) AS integer) END FROM (SELECT ${number} AS v) AS t)`;
}

export const postgresDialect: Dialect = {
  name: 'postgres',
  statement: ({ text, values }) => {
    let index = 0;
    return { text: text.replaceAll('?', () => `$${++index}`), values };
  },
  string: (value) => sql`(${bound(value, '::text')} COLLATE "C")`,
  // As bigint an index on an integer column serves the comparison; numeric holds every other number exactly.
  number: (value) => bound(value, Number.isSafeInteger(value) ? '::bigint' : '::numeric'),
  ticks: (value) => bound(value, '::bigint'),
  boolean: (value) => raw(value ? 'TRUE' : 'FALSE'),
  nothing: (kind) =>
    raw({ string: 'NULL::text', number: 'NULL::bigint', boolean: 'NULL::boolean', instant: 'NULL::bigint' }[kind]),
  member: (column, name, kind) => {
    const text = sql`${column} ->> ${raw(`'${name}'`)}`;
    if (kind === 'string') return sql`((${text}) COLLATE "C")`;
    return kind === 'boolean' ? sql`(${text})::boolean` : sql`(${text})::bigint`;
  },
  same: (left, right) => sql`(${left} IS NOT DISTINCT FROM ${right})`,
  differ: (left, right) => sql`(${left} IS DISTINCT FROM ${right})`,
  // Rows that a commit holds are left for the next time: waiting for them could be crosswise.
  deleteSome: (table, condition, most) =>
    sql`DELETE FROM ${table} WHERE ctid = ANY(ARRAY(SELECT ctid FROM ${table} WHERE ${condition} LIMIT ${raw(`${most}`)} FOR UPDATE SKIP LOCKED))`,
  functions: {
    ...DATE_PARTS,
    contains: (text, part) => sql`(strpos(${text}, ${part}) > 0)`,
    startswith: (text, part) => sql`starts_with(${text}, ${part})`,
    endswith: (text, part) => sql`(right(${text}, length(${part})) = ${part})`,
    tolower: (text) => sql`lower(${text})`,
    toupper: (text) => sql`upper(${text})`,
    trim: (text) => sql`btrim(${text}, E' \\t\\r\\n')`,
    length: (text) => sql`length(${text})`,
    indexof: (text, part) => sql`(strpos(${text}, ${part}) - 1)`,
    substring: (text, start, length?: Fragment) =>
      length
        ? sql`substr(${text}, ${clamped(start)} + 1, ${clamped(length)})`
        : sql`substr(${text}, ${clamped(start)} + 1)`,
    concat: (left, right) => sql`(${left} || ${right})`,
    fractionalseconds: (text) => fractionOf(text, sql`CAST('0' || substring(${text} from '[.][0-9]+') AS numeric)`),
  },
};
