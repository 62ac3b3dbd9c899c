/** Names to properties of the model, and what may be done with them. */
import type { EntityType, Property, StructuredType } from '@open-remote-help/protocol';
import { BOOLEAN, INSTANT, NUMBER, type PropertyReference, STRING, type ValueType } from '../../store/expression.ts';
import { refusal, type Source } from './source.ts';
import type { PathSyntax } from './syntax.ts';

/** What a text is read against. */
export interface Scope {
  readonly source: Source;
  readonly type: EntityType;
}

/** @throws DomainError naming the property when it is unknown, secret, a collection, or not to be reached this way */
export function resolvePath(scope: Scope, path: PathSyntax): PropertyReference {
  const [first = '', second] = path.names;
  const property = lookUp(scope, path, scope.type, first);
  if (second === undefined)
    return { kind: 'property', type: valueType(scope, path, property), path: [first], property };
  if (property.type.kind !== 'complex') throw refusal(scope.source, path, `${first} has no properties of its own`);
  const leaf = lookUp(scope, path, property.type, second);
  const type = valueType(scope, path, leaf);
  if (type.kind === 'enum' || type.kind === 'instant' || isGuidProperty(leaf)) {
    throw refusal(
      scope.source,
      path,
      `${first}/${second} is of a type that is not supported inside a complex property`,
    );
  }
  return { kind: 'property', type, path: [first, second], property: leaf };
}

/** Whether a property is an `Edm.Guid`. */
export function isGuidProperty(property: Property): boolean {
  return property.type.kind === 'primitive' && property.type.name === 'Edm.Guid';
}

function lookUp(scope: Scope, path: PathSyntax, type: StructuredType, name: string): Property {
  const property = Object.hasOwn(type.properties, name) ? type.properties[name] : undefined;
  if (!property) throw refusal(scope.source, path, `${type.name} has no property ${name.slice(0, 40)}`);
  if (property.isSecret) {
    throw refusal(scope.source, path, `${name} is secret: it can't be filtered, sorted or searched`, name);
  }
  if (property.isCollection) throw refusal(scope.source, path, `${name} is a collection, which can't be used here`);
  return property;
}

function valueType(scope: Scope, path: PathSyntax, property: Property): ValueType {
  const { type } = property;
  if (type.kind === 'enum') return { kind: 'enum', enum: type };
  if (type.kind === 'complex') {
    throw refusal(scope.source, path, 'a complex property can only be used through one of its properties');
  }
  switch (type.name) {
    case 'Edm.Boolean':
      return BOOLEAN;
    case 'Edm.Int32':
    case 'Edm.Int64':
      return NUMBER;
    case 'Edm.DateTimeOffset':
      return INSTANT;
    case 'Edm.String':
    case 'Edm.Guid':
      return STRING;
  }
}
