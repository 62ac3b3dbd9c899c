/**
 * A typed expression tree over one entity: what `$filter`, `$orderby` and `$search` become, and what a store compiles.
 * The tree is already checked: names exist, types fit, no secret is named (OData URL conventions 5.1.1).
 */
import type { EnumType, Property } from '@open-remote-help/protocol';

/** The type of a value while it is computed. `instant` is a DateTimeOffset, compared as an instant. */
export type ValueType =
  | { readonly kind: 'string' | 'number' | 'boolean' | 'instant' | 'null' }
  | { readonly kind: 'enum'; readonly enum: EnumType };

/** OData's names; `eq` and `ne` also compare with null. */
export type ComparisonOperator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

/** Canonical functions served. Date parts read the value's own offset. */
export type FunctionName =
  | 'contains'
  | 'startswith'
  | 'endswith'
  | 'tolower'
  | 'toupper'
  | 'trim'
  | 'length'
  | 'indexof'
  | 'substring'
  | 'concat'
  | 'year'
  | 'month'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'fractionalseconds'
  | 'totaloffsetminutes';

/**
 * A literal: strings and booleans as they are, numbers as finite numbers, an instant as the DateTimeOffset text, an
 * enumeration as its numeric value (flags: the bits).
 */
export interface Literal {
  readonly kind: 'literal';
  readonly type: ValueType;
  readonly value: string | number | boolean | null;
}

/** A property, or a property inside a complex one (`actor/userId`: `path` has two names). */
export interface PropertyReference {
  readonly kind: 'property';
  readonly type: ValueType;
  readonly path: readonly string[];
  /** The declaration of the last name in `path`. */
  readonly property: Property;
}

/** A call of a canonical function; arguments fit its signature. */
export interface Call {
  readonly kind: 'call';
  readonly type: ValueType;
  readonly name: FunctionName;
  readonly args: readonly Expression[];
}

/** `null eq null` is true; `gt`, `ge`, `lt`, `le` with a null operand are false (OData URL conventions 5.1.1.1). */
export interface Comparison {
  readonly kind: 'comparison';
  readonly type: ValueType;
  readonly operator: ComparisonOperator;
  readonly left: Expression;
  readonly right: Expression;
}

/** `left in (…)`: true when `left eq` any of the list; `list` may be empty (false). */
export interface Membership {
  readonly kind: 'in';
  readonly type: ValueType;
  readonly left: Expression;
  readonly list: readonly Literal[];
}

/** `left has flags`: every bit of the literal is set; null when `left` is null. */
export interface Has {
  readonly kind: 'has';
  readonly type: ValueType;
  readonly left: Expression;
  readonly flags: Literal;
}

/** Three-valued, as OData says: `null and false` is false, `not null` is null; a row shows only when the whole is true. */
export interface Logical {
  readonly kind: 'and' | 'or';
  readonly type: ValueType;
  readonly operands: readonly Expression[];
}

/** `not null` is null. */
export interface Not {
  readonly kind: 'not';
  readonly type: ValueType;
  readonly operand: Expression;
}

/** Any node of the tree. */
export type Expression = Literal | PropertyReference | Call | Comparison | Membership | Has | Logical | Not;

export const BOOLEAN: ValueType = { kind: 'boolean' };
export const STRING: ValueType = { kind: 'string' };
export const NUMBER: ValueType = { kind: 'number' };
export const INSTANT: ValueType = { kind: 'instant' };
export const NULL: ValueType = { kind: 'null' };

/** The literal of a value, its type told by the value. */
export function literal(value: string | number | boolean | null): Literal {
  const type =
    value === null ? NULL : typeof value === 'string' ? STRING : typeof value === 'number' ? NUMBER : BOOLEAN;
  return { kind: 'literal', type, value };
}

/** The conjunction of what is there; undefined where nothing is. */
export function and(...operands: readonly (Expression | undefined)[]): Expression | undefined {
  const present = operands.filter((operand) => operand !== undefined);
  if (present.length < 2) return present[0];
  return { kind: 'and', type: BOOLEAN, operands: present };
}

/** Lower case in ASCII only: what every store's `tolower` makes of the text. */
export function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
