/** What a query costs for each row that is looked at, as far as its form tells. */
import { DomainError } from '../../errors.ts';
import { and, type Expression } from '../../store/expression.ts';
import type { Query } from '../../store/store.ts';

/**
 * Whether a row is soon decided: its own columns are compared with literals. Functions and members of JSON objects read
 * texts through, however long those are.
 */
export function isSoonDecided({ filter, orderBy = [] }: Pick<Query, 'filter' | 'orderBy'>): boolean {
  return (!filter || isCheap(filter)) && orderBy.every(({ expression }) => isCheap(expression));
}

function isCheap(expression: Expression): boolean {
  switch (expression.kind) {
    case 'literal':
      return true;
    case 'property':
      return expression.path.length === 1;
    case 'call':
      return isPrefix(expression);
    case 'comparison':
      return isCheap(expression.left) && isCheap(expression.right);
    case 'in':
    case 'has':
      return isCheap(expression.left);
    case 'and':
    case 'or':
      return expression.operands.every(isCheap);
    case 'not':
      return isCheap(expression.operand);
  }
}

/** How many conditions a filter joins by AND, counted as the SQL has them. */
export function conditionsOf(filter: Expression): number {
  return conjuncts(filter).reduce((sum, conjunct) => sum + (isPrefix(conjunct) ? 2 : 1), 0);
}

/** Of the conditions that a filter joins by AND, those on this property that an index on it can serve. */
export function conditionsOn(filter: Expression, name: string): Expression | undefined {
  return and(...conjuncts(filter).filter((conjunct) => isServable(conjunct, name)));
}

function conjuncts(filter: Expression): readonly Expression[] {
  return filter.kind === 'and' ? filter.operands.flatMap(conjuncts) : [filter];
}

function isServable(expression: Expression, name: string): boolean {
  const isNamed = (side: Expression | undefined) =>
    side?.kind === 'property' && side.path.length === 1 && side.path[0] === name;
  if (expression.kind === 'in') return isNamed(expression.left) && expression.list.every(({ value }) => value !== null);
  if (expression.kind === 'call') return isPrefix(expression) && isNamed(expression.args[0]);
  if (expression.kind !== 'comparison' || expression.operator === 'ne') return false;
  const { left, right } = expression;
  return (isNamed(left) && right.kind === 'literal') || (left.kind === 'literal' && isNamed(right));
}

/** `startswith(property, 'text')`, which becomes two comparisons. */
function isPrefix(expression: Expression): boolean {
  if (expression.kind !== 'call' || expression.name !== 'startswith') return false;
  const [text, prefix] = expression.args;
  return text?.kind === 'property' && text.path.length === 1 && prefix?.kind === 'literal';
}

/** The refusal of a list or count that was given up after so many milliseconds. */
export function tooCostly(limitMs: number): DomainError {
  return new DomainError(
    'tooCostly',
    `The query was given up after ${limitMs / 1_000} seconds. Filter by the value of an indexed property, or search for fewer words.`,
  );
}
