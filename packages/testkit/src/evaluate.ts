/** Evaluates expression trees over plain JSON entities, the slow and obvious way: what SQL has to agree with. */
import { type EnumType, enumValueOf, parseDateTimeOffset } from '@open-remote-help/protocol';
import type { Call, Comparison, Expression, Literal, PropertyReference } from '../../server/src/store/expression.ts';
import type { OrderBy } from '../../server/src/store/store.ts';

/** An entity as in JSON, `id` included. */
export type Entity = Readonly<Record<string, unknown>>;

/** Instants are ticks, enumerations numbers. */
export type Value = string | number | boolean | bigint | null;

/** Whether a filter shows the entity. */
export function matches(expression: Expression, entity: Entity): boolean {
  return evaluate(expression, entity) === true;
}

/** Orders two entities as `$orderby` asks, then by `id`. */
export function compareEntities(orderBy: readonly OrderBy[], a: Entity, b: Entity): number {
  for (const { expression, isDescending } of orderBy) {
    const order = compareValues(evaluate(expression, a), evaluate(expression, b));
    if (order !== 0) return isDescending ? -order : order;
  }
  return compareValues(a.id as string, b.id as string);
}

/** The value of an expression for one entity: what both databases must agree with. */
export function evaluate(expression: Expression, entity: Entity): Value {
  switch (expression.kind) {
    case 'literal':
      return literalValue(expression);
    case 'property':
      return propertyValue(expression, entity);
    case 'call':
      return call(expression, entity);
    case 'comparison':
      return compared(expression.operator, evaluate(expression.left, entity), evaluate(expression.right, entity));
    case 'in': {
      const left = evaluate(expression.left, entity);
      return expression.list.some((item) => literalValue(item) === left);
    }
    case 'has': {
      const left = evaluate(expression.left, entity) as number | null;
      const flags = expression.flags.value as number;
      return left === null ? null : (left & flags) === flags;
    }
    case 'not': {
      const operand = evaluate(expression.operand, entity);
      return operand === null ? null : !operand;
    }
    case 'and':
    case 'or': {
      const decisive = expression.kind === 'or';
      const values = expression.operands.map((operand) => evaluate(operand, entity));
      if (values.includes(decisive)) return decisive;
      return values.includes(null) ? null : !decisive;
    }
  }
}

function literalValue({ type, value }: Literal): Value {
  return type.kind === 'instant' ? ticks(value as string) : value;
}

function propertyValue({ path, property, type }: PropertyReference, entity: Entity): Value {
  let value: unknown = entity;
  for (const name of path) value = (value as Entity | null)?.[name] ?? null;
  if (value === null) return null;
  if (type.kind === 'instant') return ticks(value as string);
  if (type.kind === 'enum') return enumNumber(type.enum, value as string);
  const isGuid = property.type.kind === 'primitive' && property.type.name === 'Edm.Guid';
  return isGuid ? (value as string).toLowerCase() : (value as Value);
}

function enumNumber(type: EnumType, text: string): number {
  const value = enumValueOf(type, text);
  if (value === undefined) throw new Error(`${text} is no member of ${type.name}`);
  return value;
}

function ticks(text: string): bigint {
  return instant(text).ticks;
}

function instant(text: string) {
  const value = parseDateTimeOffset(text);
  if (!value) throw new Error(`${text} is no DateTimeOffset`);
  return value;
}

function compared(operator: Comparison['operator'], left: Value, right: Value): boolean {
  if (operator === 'eq') return left === right;
  if (operator === 'ne') return left !== right;
  if (left === null || right === null) return false;
  const order = compareValues(left, right);
  return { gt: order > 0, ge: order >= 0, lt: order < 0, le: order <= 0 }[operator];
}

/** Nulls first, false before true, strings by code point. */
function compareValues(a: Value, b: Value): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  // UTF-8 bytes are in the order of the code points, UTF-16 code units are not.
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return a < b ? -1 : 1;
}

function call({ name, args }: Call, entity: Entity): Value {
  const values = args.map((arg) => evaluate(arg, entity));
  if (values.includes(null)) return null;
  const [first] = args;
  if (first?.type.kind === 'instant') return datePart(name, instantText(first as Literal | PropertyReference, entity));
  return stringFunction(name, values as NonNullable<Value>[]);
}

function instantText(expression: Literal | PropertyReference, entity: Entity): string {
  return String(expression.kind === 'literal' ? expression.value : entity[expression.path[0] ?? '']);
}

function datePart(name: Call['name'], text: string): number {
  const [date = '', time = ''] = text.toUpperCase().split('T');
  const [clock = ''] = time.split(/[Z+-]/);
  const [hour, minute, seconds = '0'] = clock.split(':');
  const [second, fraction = '0'] = seconds.split('.');
  const [year, month, day] = date.split('-');
  const parts: Partial<Record<Call['name'], number>> = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    fractionalseconds: Number(`0.${fraction}`),
    totaloffsetminutes: instant(text).offsetMinutes,
  };
  return parts[name] as number;
}

function stringFunction(name: Call['name'], [first, second, third]: readonly NonNullable<Value>[]): Value {
  const text = first as string;
  const points = [...text];
  switch (name) {
    case 'contains':
      return text.includes(second as string);
    case 'startswith':
      return text.startsWith(second as string);
    case 'endswith':
      return text.endsWith(second as string);
    case 'tolower':
      return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    case 'toupper':
      return text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
    case 'trim':
      return text.replace(/^[ \t\r\n]+/, '').replace(/[ \t\r\n]+$/, '');
    case 'length':
      return points.length;
    case 'indexof': {
      const index = text.indexOf(second as string);
      return index < 0 ? -1 : [...text.slice(0, index)].length;
    }
    case 'substring': {
      const start = Math.max(second as number, 0);
      const length = third === undefined ? points.length : Math.max(third as number, 0);
      return points.slice(start, start + length).join('');
    }
    case 'concat':
      return text + (second as string);
    default:
      throw new Error(`${name} takes no strings`);
  }
}
