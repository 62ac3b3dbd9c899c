/** Arguments of a bound function, inline in its path segment: `name='text',other=True` (OData URL conventions 4.01, 3). */
import type { Operation, Parameter } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';

/** Values by parameter name: strings and booleans. */
export type FunctionArguments = Readonly<Record<string, string | boolean>>;

const NONE: FunctionArguments = {};
/** One argument, or the rest that is none. A quote inside a string is doubled. */
const ARGUMENT = /\s*([A-Za-z_]\w*)\s*=\s*('(?:[^']|'')*'|[^',]*)\s*(?:,|$)/sy;

/**
 * @param text what stands between the parentheses, decoded; undefined where there are none
 * @throws DomainError badRequest, naming the parameter; unknownSegment where an action is given parentheses
 */
export function readFunctionArguments(operation: Operation, text: string | undefined): FunctionArguments {
  if (operation.kind === 'action') {
    if (text === undefined || text === '') return NONE;
    throw new DomainError('unknownSegment', `The action ${operation.name} takes its parameters in the body.`);
  }
  const sent = splitArguments(operation, text ?? '');
  const values: Record<string, string | boolean> = {};
  for (const parameter of operation.parameters) {
    const literal = sent.get(parameter.name);
    if (literal === undefined) throw refused(parameter.name, `${operation.name} needs ${parameter.name}.`);
    values[parameter.name] = readLiteral(parameter, literal);
    sent.delete(parameter.name);
  }
  const [unknown] = sent.keys();
  if (unknown !== undefined) throw refused(unknown, `${operation.name} has no parameter ${unknown}.`);
  return values;
}

function splitArguments({ name }: Operation, text: string): Map<string, string> {
  const found = new Map<string, string>();
  ARGUMENT.lastIndex = 0;
  while (ARGUMENT.lastIndex < text.length) {
    const at = ARGUMENT.lastIndex;
    const match = ARGUMENT.exec(text);
    if (!match) throw refused(name, `The arguments of ${name} cannot be read from character ${at + 1} on.`);
    const [, parameter = '', literal = ''] = match;
    if (found.has(parameter)) throw refused(parameter, `${name} is given ${parameter} twice.`);
    found.set(parameter, literal.trim());
  }
  return found;
}

function readLiteral({ name, type }: Parameter, literal: string): string | boolean {
  if (type.kind === 'primitive' && type.name === 'Edm.Boolean') {
    // Graph's own page writes True.
    if (!/^(?:true|false)$/i.test(literal)) throw refused(name, `${name} must be true or false.`);
    return literal.toLowerCase() === 'true';
  }
  const value = stringLiteral(literal);
  if (value === undefined) throw refused(name, `${name} must be a string in single quotes.`);
  return value;
}

/** The value of `'…'` with doubled quotes undone; undefined when the text is no string literal. */
export function stringLiteral(text: string): string | undefined {
  const inner = /^'((?:[^']|'')*)'$/s.exec(text.trim())?.[1];
  return inner?.replaceAll("''", "'");
}

function refused(target: string, message: string): DomainError {
  return new DomainError('badRequest', message, { target });
}
