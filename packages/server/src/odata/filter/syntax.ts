/** What the parser makes of a text: shape and places, no types yet. */
import type { ComparisonOperator } from '../../store/expression.ts';
import type { Span } from './source.ts';

/** A constant; `typed` is an enumeration with its type's name in front. */
export interface LiteralSyntax extends Span {
  readonly kind: 'literal';
  readonly form: 'string' | 'typed' | 'number' | 'instant' | 'guid' | 'boolean' | 'null';
  /** Text of the literal; unescaped between quotes. */
  readonly value: string;
  /** Of a `typed` literal. */
  readonly typeName?: string;
}

/** A property by its path. */
export interface PathSyntax extends Span {
  readonly kind: 'path';
  /** A property, or one of a complex property: one or two names. */
  readonly names: readonly string[];
}

/** A call of a function, known or not. */
export interface CallSyntax extends Span {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Syntax[];
}

/** `left operator right`. */
export interface ComparisonSyntax extends Span {
  readonly kind: 'comparison';
  readonly operator: ComparisonOperator;
  readonly left: Syntax;
  readonly right: Syntax;
}

/** `left in (…)`. */
export interface InSyntax extends Span {
  readonly kind: 'in';
  readonly left: Syntax;
  readonly list: readonly LiteralSyntax[];
}

/** `left has right`. */
export interface HasSyntax extends Span {
  readonly kind: 'has';
  readonly left: Syntax;
  readonly right: LiteralSyntax;
}

/** `and`, `or`: two operands or more. */
export interface LogicalSyntax extends Span {
  readonly kind: 'and' | 'or';
  readonly operands: readonly Syntax[];
}

/** `not operand`. */
export interface NotSyntax extends Span {
  readonly kind: 'not';
  readonly operand: Syntax;
}

/** A node; its span is where it stands in the text. */
export type Syntax =
  | LiteralSyntax
  | PathSyntax
  | CallSyntax
  | ComparisonSyntax
  | InSyntax
  | HasSyntax
  | LogicalSyntax
  | NotSyntax;

/** One item of `$orderby`. */
export interface OrderItemSyntax {
  readonly expression: Syntax;
  readonly isDescending: boolean;
}
