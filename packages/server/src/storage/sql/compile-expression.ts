/**
 * Typed trees to SQL. Where only truth matters (the root, and what `and` and `or` join there) null is as good as false,
 * so comparisons stay bare and an index can serve them; elsewhere they are made two-valued, as OData has them.
 */
import { parseDateTimeOffset } from '@open-remote-help/protocol';
import type {
  Call,
  Comparison,
  Expression,
  Has,
  Literal,
  Membership,
  PropertyReference,
} from '../../store/expression.ts';
import type { Dialect, SqlKind } from './dialect.ts';
import { column, type Fragment, joined, raw, sql } from './fragment.ts';

const SYMBOLS = { gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

/** SQL that is true for exactly the rows where the expression is true; otherwise false or null. */
export function compileCondition(expression: Expression, dialect: Dialect): Fragment {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return logical(expression.kind, expression.operands, (operand) => compileCondition(operand, dialect));
    case 'comparison':
      return comparison(expression, dialect, true);
    case 'in':
      return membership(expression, dialect, true);
    case 'call':
      return prefixRange(expression, dialect) ?? call(expression, dialect);
    default:
      return compileValue(expression, dialect);
  }
}

/** SQL of the expression's value: an instant as ticks, an enumeration as its number, null as OData says. */
export function compileValue(expression: Expression, dialect: Dialect): Fragment {
  switch (expression.kind) {
    case 'literal':
      return constant(expression, dialect);
    case 'property':
      return property(expression, dialect);
    case 'call':
      return call(expression, dialect);
    case 'comparison':
      return comparison(expression, dialect, false);
    case 'in':
      return membership(expression, dialect, false);
    case 'has':
      return has(expression, dialect);
    case 'and':
    case 'or':
      return logical(expression.kind, expression.operands, (operand) => compileValue(operand, dialect));
    case 'not':
      return sql`(NOT ${compileValue(expression.operand, dialect)})`;
  }
}

/** A bound value of the tree's kind; an instant given as DateTimeOffset text. */
function constant({ type, value }: Literal, dialect: Dialect): Fragment {
  switch (type.kind) {
    case 'string':
      return dialect.string(value as string);
    case 'number':
    case 'enum':
      return dialect.number(value as number);
    case 'boolean':
      return dialect.boolean(value as boolean);
    case 'instant':
      return dialect.ticks(instantOf(value as string).ticks);
    case 'null':
      return dialect.nothing('boolean');
  }
}

function instantOf(text: string) {
  const instant = parseDateTimeOffset(text);
  if (!instant) throw new TypeError('an instant literal of the tree is a DateTimeOffset');
  return instant;
}

function property({ path, property: { type }, type: { kind } }: PropertyReference, dialect: Dialect): Fragment {
  const [name = '', member] = path;
  if (member !== undefined) return dialect.member(column(name), member, sqlKind(kind));
  if (kind === 'instant') return column(`${name}@ticks`);
  // A Guid is kept as it was sent; its case carries no meaning.
  return type.kind === 'primitive' && type.name === 'Edm.Guid' ? sql`lower(${column(name)})` : column(name);
}

function sqlKind(kind: Expression['type']['kind']): SqlKind {
  if (kind === 'enum') return 'number';
  return kind === 'null' ? 'boolean' : kind;
}

function isNull(expression: Expression): boolean {
  return expression.type.kind === 'null';
}

function comparison({ operator, left, right }: Comparison, dialect: Dialect, isCondition: boolean): Fragment {
  if (isNull(left) || isNull(right)) return comparisonWithNull(operator, isNull(left) ? right : left, dialect);
  const a = compileValue(left, dialect);
  const b = compileValue(right, dialect);
  if (operator === 'ne') return dialect.differ(a, b);
  if (operator === 'eq') {
    const isOneLiteral = left.kind === 'literal' || right.kind === 'literal';
    return isCondition && isOneLiteral ? sql`(${a} = ${b})` : dialect.same(a, b);
  }
  const bare = sql`(${a} ${raw(SYMBOLS[operator])} ${b})`;
  return isCondition ? bare : sql`COALESCE(${bare}, ${dialect.boolean(false)})`;
}

function comparisonWithNull(operator: Comparison['operator'], other: Expression, dialect: Dialect): Fragment {
  if (operator !== 'eq' && operator !== 'ne') return dialect.boolean(false);
  if (isNull(other)) return dialect.boolean(operator === 'eq');
  return sql`(${compileValue(other, dialect)} ${raw(operator === 'eq' ? 'IS NULL' : 'IS NOT NULL')})`;
}

/** Null is in the list if the list says so. */
function membership({ left, list }: Membership, dialect: Dialect, isCondition: boolean): Fragment {
  const others = list.filter((item) => !isNull(item));
  const hasNull = others.length < list.length;
  if (isNull(left) || list.length === 0) return dialect.boolean(isNull(left) && hasNull);
  const value = compileValue(left, dialect);
  if (others.length === 0) return sql`(${value} IS NULL)`;
  const items = others.map((item) => constant(item, dialect));
  const bare = sql`(${value} IN (${joined(items, ', ')}))`;
  return isCondition && !hasNull ? bare : sql`COALESCE(${bare}, ${dialect.boolean(hasNull)})`;
}

function has({ left, flags }: Has, dialect: Dialect): Fragment {
  const bits = constant(flags, dialect);
  return sql`((${compileValue(left, dialect)} & ${bits}) = ${bits})`;
}

function logical(
  kind: 'and' | 'or',
  operands: readonly Expression[],
  compile: (operand: Expression) => Fragment,
): Fragment {
  return sql`(${joined(operands.map(compile), kind === 'and' ? ' AND ' : ' OR ')})`;
}

function call({ name, args, type }: Call, dialect: Dialect): Fragment {
  if (args.some(isNull)) return dialect.nothing(sqlKind(type.kind));
  if (name === 'totaloffsetminutes') return offsetMinutes(args[0] as Expression, dialect);
  const compiled = args.map((arg) =>
    arg.type.kind === 'instant' ? instantText(arg, dialect) : compileValue(arg, dialect),
  );
  return dialect.functions[name](...compiled);
}

/** The DateTimeOffset as it was sent, whose own fields date parts read. */
function instantText(instant: Expression, dialect: Dialect): Fragment {
  return instant.kind === 'property'
    ? column(instant.path[0] ?? '')
    : dialect.string((instant as Literal).value as string);
}

function offsetMinutes(instant: Expression, dialect: Dialect): Fragment {
  if (instant.kind === 'property') return column(`${instant.path[0]}@offset`);
  return dialect.number(instantOf((instant as Literal).value as string).offsetMinutes);
}

/** `startswith(property, 'text')` as a range that an index can serve. */
function prefixRange({ name, args: [text, prefix] }: Call, dialect: Dialect): Fragment | undefined {
  if (name !== 'startswith' || text?.kind !== 'property' || prefix?.kind !== 'literal') return undefined;
  const end = typeof prefix.value === 'string' && endOfPrefix(prefix.value);
  if (!end) return undefined;
  const value = compileValue(text, dialect);
  return sql`(${value} >= ${constant(prefix, dialect)} AND ${value} < ${dialect.string(end)})`;
}

const LAST_CODE_POINT = 0x10ffff;
const SURROGATES = { first: 0xd800, last: 0xdfff };

/** The least string above every string with this prefix, by code point; undefined where there is none. */
function endOfPrefix(prefix: string): string | undefined {
  const points = [...prefix].map((character) => character.codePointAt(0) as number);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  const next = last + 1 === SURROGATES.first ? SURROGATES.last + 1 : last + 1;
  return String.fromCodePoint(...points, next);
}
