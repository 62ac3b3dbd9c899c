/** Syntax to the typed tree: names are looked up, literals read, types checked. */
import type { EntityType } from '@open-remote-help/protocol';
import { qualifiedName } from '@open-remote-help/protocol';
import { BOOLEAN, type Call, type Expression, type Literal, type ValueType } from '../../store/expression.ts';
import { isServed, type ParameterKind, signatureOf } from './functions.ts';
import { bindLiteral, isGuidReference } from './literals.ts';
import { resolvePath, type Scope } from './properties.ts';
import { refusal, type Source, type Span } from './source.ts';
import type { CallSyntax, ComparisonSyntax, HasSyntax, InSyntax, LiteralSyntax, Syntax } from './syntax.ts';

/** @throws DomainError badRequest, with the place; for a secret property `target` is its name */
export function bind(source: Source, type: EntityType, syntax: Syntax): Expression {
  return bindNode({ source, type }, syntax);
}

/** The same, for a text that must be a condition. */
export function bindCondition(source: Source, type: EntityType, syntax: Syntax): Expression {
  const expression = bindNode({ source, type }, syntax);
  if (expression.type.kind === 'boolean') return expression;
  throw refusal(source, syntax, `the whole must be a condition, not ${described(expression)}`);
}

function bindNode(scope: Scope, syntax: Syntax): Expression {
  switch (syntax.kind) {
    case 'literal':
      return bindLiteral(scope.source, syntax);
    case 'path':
      return resolvePath(scope, syntax);
    case 'call':
      return bindCall(scope, syntax);
    case 'comparison':
      return bindComparison(scope, syntax);
    case 'in':
      return bindMembership(scope, syntax);
    case 'has':
      return bindHas(scope, syntax);
    case 'and':
    case 'or': {
      const operands = syntax.operands.map((operand) => bindOperand(scope, operand, syntax.kind));
      return { kind: syntax.kind, type: BOOLEAN, operands };
    }
    case 'not':
      return { kind: 'not', type: BOOLEAN, operand: bindOperand(scope, syntax.operand, 'not') };
  }
}

function bindOperand(scope: Scope, syntax: Syntax, operator: string): Expression {
  const expression = bindNode(scope, syntax);
  if (expression.type.kind === 'boolean' || expression.type.kind === 'null') return expression;
  const hint = operator === 'not' ? '; a comparison after not needs parentheses' : '';
  throw refusal(scope.source, syntax, `${operator} takes conditions, not ${described(expression)}${hint}`);
}

function bindComparison(scope: Scope, syntax: ComparisonSyntax): Expression {
  const [left, right] = bindPair(scope, syntax.left, syntax.right);
  refuseMismatch(scope.source, syntax, left, right);
  return { kind: 'comparison', type: BOOLEAN, operator: syntax.operator, left, right };
}

/** A literal is read in the light of the other side. */
function bindPair(scope: Scope, left: Syntax, right: Syntax): [Expression, Expression] {
  if (left.kind === 'literal' && right.kind !== 'literal') {
    const partner = bindNode(scope, right);
    return [bindLiteral(scope.source, left, partner), partner];
  }
  const partner = bindNode(scope, left);
  return [partner, right.kind === 'literal' ? bindLiteral(scope.source, right, partner) : bindNode(scope, right)];
}

function bindMembership(scope: Scope, syntax: InSyntax): Expression {
  const left = bindNode(scope, syntax.left);
  const list = syntax.list.map((item) => {
    const value = bindLiteral(scope.source, item, left);
    refuseMismatch(scope.source, item, left, value);
    return value;
  });
  return { kind: 'in', type: BOOLEAN, left, list };
}

function bindHas(scope: Scope, syntax: HasSyntax): Expression {
  const left = bindNode(scope, syntax.left);
  if (left.type.kind !== 'enum' || !left.type.enum.isFlags) {
    throw refusal(scope.source, syntax.left, `has takes a property of flags, not ${described(left)}`);
  }
  const flags = bindFlags(scope.source, syntax.right, left);
  return { kind: 'has', type: BOOLEAN, left, flags };
}

function bindFlags(source: Source, syntax: LiteralSyntax, left: Expression): Literal {
  const flags = bindLiteral(source, syntax, left);
  if (flags.type.kind === 'enum') return flags;
  throw refusal(source, syntax, `has takes members of the enumeration, not ${described(flags)}`);
}

function bindCall(scope: Scope, syntax: CallSyntax): Expression {
  const { name } = syntax;
  const nameSpan = { start: syntax.start, end: syntax.start + name.length };
  if (!isServed(name)) throw refusal(scope.source, nameSpan, `the function ${name.slice(0, 40)} is not supported`);
  const { parameters, required = parameters.length, returns } = signatureOf(name);
  if (syntax.args.length < required || syntax.args.length > parameters.length) {
    const number = required === parameters.length ? `${required}` : `${required} or ${parameters.length}`;
    throw refusal(scope.source, syntax, `${name} takes ${number} values, not ${syntax.args.length}`);
  }
  const args = syntax.args.map((arg, index) => bindArgument(scope, arg, name, parameters[index] as ParameterKind));
  return { kind: 'call', type: returns, name, args };
}

function bindArgument(scope: Scope, syntax: Syntax, name: Call['name'], kind: ParameterKind): Expression {
  const argument = bindNode(scope, syntax);
  if (argument.type.kind === 'null' || fits(argument, kind)) return argument;
  const wanted = { string: 'a string', integer: 'a whole number that is not negative', instant: 'a DateTimeOffset' };
  throw refusal(scope.source, syntax, `${name} takes ${wanted[kind]} here, not ${described(argument)}`);
}

function fits(argument: Expression, kind: ParameterKind): boolean {
  switch (kind) {
    case 'string':
      return argument.type.kind === 'string' && !isGuidReference(argument);
    case 'instant':
      return argument.type.kind === 'instant';
    case 'integer':
      if (argument.type.kind !== 'number') return false;
      if (argument.kind === 'literal') return Number.isInteger(argument.value) && Number(argument.value) >= 0;
      return argument.kind !== 'call' || argument.name !== 'fractionalseconds';
  }
}

function refuseMismatch(source: Source, span: Span, left: Expression, right: Expression): void {
  if (left.type.kind === 'null' || right.type.kind === 'null') return;
  const isGuidWithString = isGuidReference(left) !== isGuidReference(right) && !isLiteral(left) && !isLiteral(right);
  if (sameType(left.type, right.type) && !isGuidWithString) return;
  throw refusal(source, span, `${described(left)} can't be compared with ${described(right)}`);
}

function isLiteral(expression: Expression): boolean {
  return expression.kind === 'literal';
}

function sameType(left: ValueType, right: ValueType): boolean {
  if (left.kind === 'enum' && right.kind === 'enum') return left.enum === right.enum;
  return left.kind === right.kind;
}

function described(expression: Expression): string {
  const { type } = expression;
  if (isGuidReference(expression)) return 'a Guid';
  switch (type.kind) {
    case 'enum':
      return `a ${qualifiedName(type.enum)}`;
    case 'instant':
      return 'a DateTimeOffset';
    case 'null':
      return 'null';
    case 'number':
      return expression.kind === 'literal' ? `the number ${expression.value}` : 'a number';
    default:
      return `a ${type.kind}`;
  }
}
