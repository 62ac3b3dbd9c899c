/** Expressions with which the engine looks for rows. */
import type { EntitySet } from '@open-remote-help/protocol';
import { type Instant, toIsoText } from '../clock.ts';
import { BOOLEAN, type Comparison, type Expression, INSTANT, literal, STRING } from '../store/expression.ts';
import type { OrderBy } from '../store/store.ts';

function reference(set: EntitySet, name: string, type: typeof INSTANT): Expression {
  const property = set.type.properties[name];
  if (!property) throw new TypeError(`${set.name} has no ${name}`);
  return { kind: 'property', type, path: [name], property };
}

function compareInstant(set: EntitySet, name: string, operator: Comparison['operator'], instant: Instant): Expression {
  const right = { ...literal(toIsoText(instant)), type: INSTANT };
  return { kind: 'comparison', type: BOOLEAN, operator, left: reference(set, name, INSTANT), right };
}

/** The property's instant lies before, or at, the given one. */
export function before(set: EntitySet, name: string, instant: Instant): Expression {
  return compareInstant(set, name, 'le', instant);
}

/** The property's instant is the given one or later. */
export function since(set: EntitySet, name: string, instant: Instant): Expression {
  return compareInstant(set, name, 'ge', instant);
}

export function equals(set: EntitySet, name: string, value: string): Expression {
  const left = reference(set, name, STRING);
  return { kind: 'comparison', type: BOOLEAN, operator: 'eq', left, right: literal(value) };
}

export function oldestFirst(set: EntitySet, name: string): readonly OrderBy[] {
  return [{ expression: reference(set, name, INSTANT), isDescending: false }];
}
