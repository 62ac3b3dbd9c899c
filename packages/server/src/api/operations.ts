/** Bound actions and functions that do more than change the entity they are called on: each has a handler of its own. */
import type { EntitySet, Operation } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import type { FunctionArguments } from '../odata/path.ts';
import { readParameters } from '../odata/payload.ts';
import type { StoredEntity } from '../store/store.ts';
import type { Circumstances } from './behaviours.ts';
import type { GraphRequest } from './graph-request.ts';

/** A call with everything that its handler may use. */
export interface OperationCall extends Circumstances {
  readonly request: GraphRequest;
  /** The entity that it is called on; undefined for what is bound to a container, and see `WITHOUT_STORE`. */
  readonly bound: StoredEntity | undefined;
  /** By parameter name, as the model declares them; annotations by their names without `@`. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What a call gives: an entity of a set, a value that is none, or nothing (204). */
export type OperationResult =
  | { readonly set: EntitySet; readonly entity: StoredEntity }
  | { readonly value: string }
  /** A value of the complex type that the operation returns. */
  | { readonly complex: object }
  | undefined;

export type OperationHandler = (call: OperationCall) => Promise<OperationResult>;

/** Operations that have to work while the store is away (SES-6.1): they are called without their entity then. */
export const WITHOUT_STORE: ReadonlySet<string> = new Set(['endRemoteHelpSession']);

/** Handlers by operation name. */
export type OperationHandlers = Readonly<Record<string, OperationHandler>>;

/** The parameters of a call: a function's stand in the path, an action's in the body. */
export async function parametersOf(
  operation: Operation,
  args: FunctionArguments,
  request: GraphRequest,
): Promise<Readonly<Record<string, unknown>>> {
  if (operation.kind === 'function') return args;
  const { parameters, annotations = [] } = operation;
  if (parameters.length === 0 && annotations.length === 0) return {};
  return readParameters(operation, await request.readBody());
}

export function handlerOf(handlers: OperationHandlers, { name }: Operation): OperationHandler {
  const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
  if (!handler) throw new DomainError('unknownSegment', `Resource not found for the segment '${name}'.`);
  return handler;
}
