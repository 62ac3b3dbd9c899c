/**
 * Resource paths (OData URL conventions 4): segments in any case, keys as `/{id}`, `('{id}')` or `(sessionKey='…')`.
 * The routes come from the model; nothing else is served below the service root.
 */
import type { EntitySet, Model, Operation } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import { type FunctionArguments, readFunctionArguments, stringLiteral } from './function-arguments.ts';
import { NAMESPACES } from './namespaces.ts';

/** How an entity is addressed. */
export type PathKey = { readonly id: string } | { readonly alternateKey: string; readonly value: string };

interface Resolved {
  /** The path with names for keys, for logs and metrics: `/beta/users/{user-id}/managedDevices/{id}`. */
  readonly template: string;
  /** Keys of outer entities, by the name in the set's path: `{'user-id': '…'}`. */
  readonly outerKeys: Readonly<Record<string, string>>;
}

/** What a path names. */
export type ResourcePath = Resolved &
  (
    | { readonly kind: 'service' | 'metadata' | 'batch' }
    | { readonly kind: 'collection' | 'count' | 'singleton'; readonly set: EntitySet }
    | { readonly kind: 'entity'; readonly set: EntitySet; readonly key: PathKey }
    | ({ readonly kind: 'operation'; readonly set: EntitySet; readonly key: PathKey } & Called)
    | ({ readonly kind: 'containerOperation' } & Called)
  );

export type { FunctionArguments };

/** An operation, and for a function its arguments, which stand in the path. */
export interface Called {
  readonly operation: Operation;
  readonly arguments: FunctionArguments;
}

interface Segment {
  readonly name: string;
  /** What stood between parentheses, if any. */
  readonly arguments?: string;
}

interface Node {
  readonly children: Map<string, Node>;
  /** Name of the key that any segment at this place is. */
  parameter?: { readonly name: string; readonly node: Node };
  set?: EntitySet;
  /** Path from the service root as declared; operations may be bound to it. */
  readonly path: string;
}

/** Resolves decoded or undecoded paths below the service root; one for each model. */
export class PathResolver {
  readonly #root: Node = { path: '', children: new Map() };
  readonly #operations: readonly Operation[];
  #latest: { readonly prefix: string; readonly set: EntitySet; readonly template: string } | undefined;

  constructor(model: Model) {
    this.#operations = model.operations;
    for (const set of model.sets) if (set.path !== '') this.#add(set);
  }

  /**
   * @param path below the service root, percent-encoded, without query: `/ExtendRemoteHelpSessionResponse('1')`
   * @throws DomainError unknownSegment, badRequest (malformed encoding or key)
   */
  resolve(path: string): ResourcePath {
    const at = path.lastIndexOf('/') + 1;
    const last = path.slice(at);
    if (!PLAIN_KEY.test(last)) return this.#resolve(path);
    // Most requests are for an entity of the same set as the one before.
    if (this.#latest?.prefix.length === at && path.startsWith(this.#latest.prefix)) {
      const { set, template } = this.#latest;
      return { kind: 'entity', set, key: { id: last }, template, outerKeys: {} };
    }
    const resolved = this.#resolve(path);
    if (resolved.kind === 'entity' && Object.keys(resolved.outerKeys).length === 0) {
      this.#latest = { prefix: path.slice(0, at), set: resolved.set, template: resolved.template };
    }
    return resolved;
  }

  #resolve(path: string): ResourcePath {
    const segments = path
      .split('/')
      .filter((segment) => segment !== '')
      .map(readSegment);
    const outerKeys: Record<string, string> = {};
    const [first] = segments;
    if (!first) return { kind: 'service', template: '/beta', outerKeys };
    if (segments.length === 1 && first.name === '$metadata')
      return { kind: 'metadata', template: '/beta/$metadata', outerKeys };
    if (segments.length === 1 && first.name === '$batch') return { kind: 'batch', template: '/beta/$batch', outerKeys };
    let node = this.#root;
    for (const [index, segment] of segments.entries()) {
      const next = step(node, segment, outerKeys);
      if (!next) return this.#onContainer(node, segments, index, outerKeys);
      node = next;
      if (node.set) return this.#withinSet(node.set, segment, segments.slice(index + 1), outerKeys);
    }
    throw unknown(segments.at(-1)?.name ?? '');
  }

  #add(set: EntitySet): void {
    let node = this.#root;
    for (const name of set.path.split('/')) {
      const parameter = /^\{(.+)\}$/.exec(name)?.[1];
      if (parameter) {
        node.parameter ??= { name: parameter, node: { path: '', children: new Map() } };
        node = node.parameter.node;
      } else {
        const child = node.children.get(name.toLowerCase()) ?? {
          path: `${node.path}/${name}`.replace(/^\//, ''),
          children: new Map(),
        };
        node.children.set(name.toLowerCase(), child);
        node = child;
      }
    }
    node.set = set;
  }

  #withinSet(set: EntitySet, at: Segment, rest: readonly Segment[], outerKeys: Record<string, string>): ResourcePath {
    const template = `/beta/${set.path}`;
    if (set.isSingleton) {
      if (at.arguments !== undefined) throw unknown(at.name);
      if (rest[0]) throw unknown(rest[0].name);
      return { kind: 'singleton', set, template, outerKeys };
    }
    if (at.arguments === undefined) {
      const [first, ...others] = rest;
      if (!first) return { kind: 'collection', set, template, outerKeys };
      if (first.name === '$count' && others.length === 0) {
        return { kind: 'count', set, template: `${template}/$count`, outerKeys };
      }
      if (first.name.startsWith('$')) throw unknown(first.name);
      return this.#withinEntity(set, { id: keyText(first) }, others, { template: `${template}/{id}`, outerKeys });
    }
    const key = readKey(set, at.arguments);
    return this.#withinEntity(set, key, rest, { template: `${template}/{id}`, outerKeys });
  }

  #withinEntity(set: EntitySet, key: PathKey, rest: readonly Segment[], resolved: Resolved): ResourcePath {
    const [first, ...others] = rest;
    if (!first) return { kind: 'entity', set, key, ...resolved };
    const called = this.#called(first, (set.viewOf ?? set).name);
    if (others[0]) throw unknown(others[0].name);
    return {
      kind: 'operation',
      set,
      key,
      ...resolved,
      ...called,
      template: `${resolved.template}/${called.operation.name}`,
    };
  }

  /** `deviceManagement/getAllowedRemoteAssistanceActions(…)`: what stands below a container without being a set. */
  #onContainer(
    { path }: Node,
    segments: readonly Segment[],
    index: number,
    outerKeys: Record<string, string>,
  ): ResourcePath {
    const [segment, beyond] = segments.slice(index) as [Segment, Segment | undefined];
    const called = this.#called(segment, path);
    if (beyond) throw unknown(beyond.name);
    const template = `/beta/${path}/${called.operation.name}`;
    return { kind: 'containerOperation', template, outerKeys, ...called };
  }

  #called(segment: Segment, boundTo: string): Called {
    const operation = this.#operations.find((candidate) => isNamed(candidate, segment.name, boundTo));
    if (!operation) throw unknown(segment.name);
    return { operation, arguments: readFunctionArguments(operation, segment.arguments) };
  }
}

/** A last segment that is a key, if its place is that of a key: without parentheses, a dollar sign, anything encoded. */
const PLAIN_KEY = /^[\w.~-]+$/;

function step(node: Node, segment: Segment, outerKeys: Record<string, string>): Node | undefined {
  const child = node.children.get(segment.name.toLowerCase());
  if (!child) {
    if (!node.parameter) return undefined;
    outerKeys[node.parameter.name] = keyText(segment);
    return node.parameter.node;
  }
  // `users('{id}')/managedDevices`: the key stands in parentheses after the name.
  if (segment.arguments === undefined || child.set) return child;
  if (!child.parameter) return undefined;
  outerKeys[child.parameter.name] = stringLiteral(segment.arguments) ?? segment.arguments;
  return child.parameter.node;
}

/** A segment that is a key may itself contain parentheses. */
function keyText({ name, arguments: args }: Segment): string {
  return args === undefined ? name : `${name}(${args})`;
}

function isNamed(operation: Operation, name: string, boundTo: string): boolean {
  const lower = name.toLowerCase();
  const { name: own, namespace } = operation;
  const names = [own, `${namespace}.${own}`, `${NAMESPACES[namespace]}.${own}`];
  return operation.boundTo.includes(boundTo) && names.some((candidate) => candidate.toLowerCase() === lower);
}

function readSegment(raw: string): Segment {
  const text = decode(raw);
  const open = text.indexOf('(');
  if (open <= 0 || !text.endsWith(')')) return { name: text };
  return { name: text.slice(0, open), arguments: text.slice(open + 1, -1) };
}

function decode(raw: string): string {
  let text: string;
  try {
    text = raw.includes('%') ? decodeURIComponent(raw) : raw;
  } catch {
    throw new DomainError('badRequest', 'The path holds a malformed percent-encoding.');
  }
  if (text.includes('\0')) throw new DomainError('badRequest', 'U+0000 is in no name and no key.');
  return text;
}

function readKey(set: EntitySet, text: string): PathKey {
  const named = /^\s*([A-Za-z_]\w*)\s*=\s*(.*)$/s.exec(text);
  const value = stringLiteral(named?.[2] ?? text);
  if (value === undefined) {
    throw new DomainError('badRequest', `A key of ${set.name} is a string in single quotes.`, { target: 'key' });
  }
  const name = named?.[1] ?? 'id';
  if (name === 'id') return { id: value };
  if (!set.type.alternateKeys.includes(name)) {
    throw new DomainError('badRequest', `${set.name} has no key ${name}.`, { target: name });
  }
  return { alternateKey: name, value };
}

function unknown(name: string): DomainError {
  return new DomainError('unknownSegment', `Resource not found for the segment '${name.slice(0, 80)}'.`);
}
