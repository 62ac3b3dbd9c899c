/** Literals to values. What a quoted text means depends on what it is compared with: a string, a Guid or an enumeration. */
import { type EnumType, enumValueOf, isGuid, qualifiedName } from '@open-remote-help/protocol';
import { type Expression, INSTANT, type Literal, literal } from '../../store/expression.ts';
import { isGuidProperty } from './properties.ts';
import { refusal, type Source } from './source.ts';
import type { LiteralSyntax } from './syntax.ts';

/** @param partner the other side, where there is one that isn't a literal itself */
export function bindLiteral(source: Source, syntax: LiteralSyntax, partner?: Expression): Literal {
  switch (syntax.form) {
    case 'null':
      return literal(null);
    case 'boolean':
      return literal(syntax.value === 'true');
    case 'number':
      return bindNumber(source, syntax);
    case 'instant':
      return { kind: 'literal', type: INSTANT, value: syntax.value };
    case 'guid':
      if (isGuidReference(partner)) return literal(syntax.value.toLowerCase());
      throw refusal(source, syntax, 'a Guid without quotes compares with a Guid property only');
    case 'typed':
      return bindTyped(source, syntax, partner);
    case 'string':
      return bindString(source, syntax, partner);
  }
}

/** Whether an expression is a property that holds a Guid. */
export function isGuidReference(expression: Expression | undefined): boolean {
  return expression?.kind === 'property' && isGuidProperty(expression.property);
}

function bindNumber(source: Source, syntax: LiteralSyntax): Literal {
  const value = Number(syntax.value);
  if (!Number.isFinite(value)) throw refusal(source, syntax, 'a number that is too large');
  return literal(value);
}

function bindString(source: Source, syntax: LiteralSyntax, partner?: Expression): Literal {
  if (partner?.type.kind === 'enum') return enumLiteral(source, syntax, partner.type.enum);
  if (partner?.type.kind === 'instant') {
    throw refusal(source, syntax, 'a DateTimeOffset is written without quotes');
  }
  if (!isGuidReference(partner)) return literal(syntax.value);
  if (!isGuid(syntax.value)) throw refusal(source, syntax, 'not a Guid');
  return literal(syntax.value.toLowerCase());
}

function bindTyped(source: Source, syntax: LiteralSyntax, partner?: Expression): Literal {
  const type = partner?.type.kind === 'enum' ? partner.type.enum : undefined;
  if (!type || qualifiedName(type) !== syntax.typeName) {
    throw refusal(source, syntax, `${syntax.typeName} literals are not supported here`);
  }
  return enumLiteral(source, syntax, type);
}

function enumLiteral(source: Source, syntax: LiteralSyntax, type: EnumType): Literal {
  const value = enumValueOf(type, syntax.value);
  if (value !== undefined) return { kind: 'literal', type: { kind: 'enum', enum: type }, value };
  throw refusal(
    source,
    syntax,
    `not a member of ${qualifiedName(type)}${type.isFlags ? ', or a list of members' : ''}`,
  );
}
