/** Create, read, update, delete over any set of the model. What a set does beyond this stands in its behaviour. */
import type { EntitySet, Model } from '@open-remote-help/protocol';
import { newId } from '../access/ids.ts';
import { DomainError } from '../errors.ts';
import { metadataLevel, namesEtag, preferences } from '../odata/accept.ts';
import type { Called, PathKey } from '../odata/path.ts';
import { readChanges, readNewEntity } from '../odata/payload.ts';
import { encodeSkipToken, parseQueryOptions, type QueryOptions } from '../odata/query-options.ts';
import { collectionJson, entityJson, entityUrl, etagOf, type RepresentationOptions } from '../odata/representation.ts';
import { and, type Expression, literal, STRING } from '../store/expression.ts';
import {
  type Opener,
  type Query,
  Sealed,
  type Store,
  type StoredEntity,
  type Unit,
  type Values,
} from '../store/store.ts';
import { answerOfComplex, answerOfValue, applied, minimalHeaders, notFound, ok, secretsOf } from './answers.ts';
import type { Behaviour, Behaviours, Circumstances } from './behaviours.ts';
import { checkIfMatch, EntityUnits, entityKey, PerhapsLive } from './entity-units.ts';
import type { GraphRequest, GraphResponse } from './graph-request.ts';
import { InitialRows } from './initial-rows.ts';
import { nextLinkOf, pageQuery, readPage } from './list-page.ts';
import type { LiveRecords, RecordChange } from './live-records.ts';
import { handlerOf, type OperationHandlers, parametersOf, WITHOUT_STORE } from './operations.ts';

const NO_CONTENT = 204;

/** One addressed set, with everything its handlers need. */
export interface Target extends Circumstances {
  readonly request: GraphRequest;
  readonly set: EntitySet;
}

/** Serves the sets of a model, and operations on them, from one store. */
export class EntityHandlers {
  readonly #store: Store;
  readonly #opener: Opener;
  readonly #behaviours: Behaviours;
  readonly #operations: OperationHandlers;
  readonly #live: LiveRecords;
  readonly #initialRows: InitialRows;
  readonly #units: EntityUnits;

  constructor(collaborators: {
    model: Model;
    store: Store;
    opener: Opener;
    behaviours: Behaviours;
    operations: OperationHandlers;
    live: LiveRecords;
  }) {
    this.#operations = collaborators.operations;
    this.#live = collaborators.live;
    this.#store = collaborators.store;
    this.#opener = collaborators.opener;
    this.#behaviours = collaborators.behaviours;
    this.#initialRows = new InitialRows(collaborators);
    this.#units = new EntityUnits(collaborators);
  }

  async list(target: Target): Promise<GraphResponse> {
    const { request, set } = target;
    const options = parseQueryOptions(request.query, set.type, 'collection');
    const representation = this.#representation(target, options);
    await this.#initialRows.ensure(target);
    const scope = this.#scope(target, options);
    const { maxPageSize } = preferences(request.header('prefer'));
    const page = await readPage(this.#store, pageQuery(scope, options, maxPageSize));
    const count = options.count && !options.after ? await this.#store.count(scope) : undefined;
    const entities = await this.#shown(target, page.entities);
    const nextLink = page.next && nextLinkOf(target, encodeSkipToken(page.next, options));
    return ok(set, representation, collectionJson(set, entities, representation, { count, nextLink }));
  }

  async count(target: Target): Promise<GraphResponse> {
    const options = parseQueryOptions(target.request.query, target.set.type, 'count');
    await this.#initialRows.ensure(target);
    const count = await this.#store.count(this.#scope(target, options));
    return { status: 200, headers: { 'content-type': 'text/plain;charset=utf-8' }, body: String(count) };
  }

  async get(target: Target, key: PathKey): Promise<GraphResponse> {
    const options = parseQueryOptions(target.request.query, target.set.type, 'entity');
    const representation = this.#representation(target, options);
    const isMissing = this.#initialRows.ensure(target);
    if (isMissing) await isMissing;
    const entity = await this.#find(target, key);
    if (!entity) throw notFound(key);
    const shown = this.#shown(target, [entity]);
    const seen = shown instanceof Promise ? await shown : shown;
    return this.#answer(target, seen[0] ?? entity, representation);
  }

  async create(target: Target): Promise<GraphResponse> {
    const { request, set } = target;
    const options = parseQueryOptions(request.query, set.type, 'write');
    const representation = this.#representation(target, options);
    const sent = readNewEntity(set.type, await request.readBody());
    await this.#initialRows.ensure(target);
    const values = (await this.#behaviour(set).created?.(sent, target)) ?? sent;
    const id = newId(target.now);
    const beside = this.#behaviour(set).beside?.({ id, version: 1, values }, target);
    const entity = await this.#store.transact(this.#units.creation(target, id, values, beside));
    const location = { location: entityUrl(set, id, request.serviceRoot) };
    // What is answered once would be lost (RFC 7240, 2: a preference may be passed over).
    if (!beside && preferences(request.header('prefer')).return === 'minimal') {
      return {
        status: NO_CONTENT,
        headers: { ...minimalHeaders(entity), ...location, 'odata-entityid': location.location },
      };
    }
    const answer = ok(set, representation, entityJson(set, entity, representation));
    return {
      ...answer,
      status: 201,
      headers: { ...answer.headers, ...applied(request), ...location, etag: etagOf(entity) },
    };
  }

  async update(target: Target, key: PathKey): Promise<GraphResponse> {
    const { request, set } = target;
    const options = parseQueryOptions(request.query, set.type, 'write');
    const representation = this.#representation(target, options);
    const changes = readChanges(set.type, await request.readBody());
    await this.#initialRows.ensure(target);
    const entity = await this.#patch(target, changes, (isPlain) =>
      this.#units.change(target, key, { activity: 'Update', changesOf: () => changes, sent: changes, isPlain }),
    );
    await this.#fetchKeys(set, [entity]);
    if (preferences(request.header('prefer')).return === 'minimal') {
      return { status: NO_CONTENT, headers: minimalHeaders(entity) };
    }
    const answer = ok(set, representation, entityJson(set, entity, representation));
    return { ...answer, headers: { ...answer.headers, ...applied(request), etag: etagOf(entity) } };
  }

  /** Changes a record; one of a live session as its session wants it. */
  async #patch(
    target: Target,
    changes: Values,
    unitOf: (isPlain: boolean) => Unit<StoredEntity>,
  ): Promise<StoredEntity> {
    try {
      return await this.#store.transact(unitOf(false));
    } catch (error) {
      if (!(error instanceof PerhapsLive)) throw error;
      await this.#fetchKeys(target.set, [error.record]);
      const patched = await this.#live.patch(recordChange(target, error.record), changes);
      return patched ?? this.#store.transact(unitOf(true));
    }
  }

  async delete(target: Target, key: PathKey): Promise<GraphResponse> {
    const { request, set } = target;
    parseQueryOptions(request.query, set.type, 'write');
    await this.#initialRows.ensure(target);
    try {
      await this.#store.transact(this.#units.deletion(target, key, false));
    } catch (error) {
      if (!(error instanceof PerhapsLive)) throw error;
      await this.#live.delete(recordChange(target, error.record));
      await this.#store.transact(this.#units.deletion(target, key, true));
    }
    return { status: NO_CONTENT, headers: {} };
  }

  /** A bound operation: an action of the set's behaviour is one unit, everything else has a handler of its own. */
  async call(target: Target, key: PathKey, called: Called): Promise<GraphResponse> {
    const { name } = called.operation;
    const action = this.#behaviour(target.set).actions?.[name];
    if (action) {
      await this.#store.transact(
        this.#units.change(target, key, {
          activity: name,
          changesOf: (before) => action(before, target),
          isPlain: true,
        }),
      );
      return { status: NO_CONTENT, headers: {} };
    }
    return this.#handle(target, await this.#bound(target, key, name), called);
  }

  /** What an operation is called on; undefined while the store is away, for one that works even then. */
  async #bound(target: Target, key: PathKey, operation: string): Promise<StoredEntity | undefined> {
    try {
      await this.#initialRows.ensure(target);
      const bound = await this.#find(target, key);
      if (bound) return bound;
      return await this.#live.pageOf(target, key, operation);
    } catch (error) {
      const isAway = error instanceof DomainError && error.code === 'unavailable';
      if (isAway && WITHOUT_STORE.has(operation)) return undefined;
      throw error;
    }
  }

  /** An operation bound to a container. */
  async callOnContainer(target: Omit<Target, 'set'>, called: Called): Promise<GraphResponse> {
    return this.#handle(target, undefined, called);
  }

  async #handle(
    target: Omit<Target, 'set'>,
    bound: StoredEntity | undefined,
    { operation, arguments: args }: Called,
  ): Promise<GraphResponse> {
    const { request } = target;
    const parameters = await parametersOf(operation, args, request);
    const result = await handlerOf(this.#operations, operation)({ ...target, bound, parameters });
    if (result === undefined) return { status: NO_CONTENT, headers: {} };
    if ('value' in result) return answerOfValue(target, operation, result.value);
    if ('complex' in result) return answerOfComplex(target, operation, result.complex);
    const { set, entity } = result;
    const options = parseQueryOptions(request.query, set.type, 'write');
    const representation = this.#representation({ ...target, set }, options);
    await this.#fetchKeys(set, [entity]);
    return ok(set, representation, entityJson(set, entity, representation));
  }

  /** Entities as the caller may read them, their keys at hand. */
  #shown(
    { set, caller }: Target,
    entities: readonly StoredEntity[],
  ): readonly StoredEntity[] | Promise<readonly StoredEntity[]> {
    const shown = () => this.#live.shown(set, caller, entities);
    return this.#fetchKeys(set, entities)?.then(shown) ?? shown();
  }

  #answer({ request, set }: Target, entity: StoredEntity, representation: RepresentationOptions): GraphResponse {
    const etag = etagOf(entity);
    const ifNoneMatch = request.header('if-none-match');
    if (ifNoneMatch !== undefined && namesEtag(ifNoneMatch, etag)) return { status: 304, headers: { etag } };
    return ok(set, representation, entityJson(set, entity, representation), { etag });
  }

  /** The rows of the addressed set that fit. */
  #scope(target: Target, { filter, search }: QueryOptions): Pick<Query, 'set' | 'tenantId' | 'filter'> {
    const { set, caller } = target;
    const fitting = and(this.#behaviour(set).visible?.(target), filter, search);
    return { set, tenantId: caller.tenantId, ...(fitting ? { filter: fitting } : {}) };
  }

  #find(target: Target, key: PathKey): Promise<StoredEntity | undefined> {
    const visible = this.#behaviour(target.set).visible?.(target);
    return visible ? this.#findVisible(target, key, visible) : this.#store.get(entityKey(target, key));
  }

  async #findVisible(target: Target, key: PathKey, visible: Expression): Promise<StoredEntity | undefined> {
    const { entities } = await this.#store.query({
      set: target.set,
      tenantId: target.caller.tenantId,
      filter: and(visible, keyIs(target.set, key)) as Expression,
      top: 1,
    });
    return entities[0];
  }

  /** A secret may be sealed with a key that another node made a moment ago. */
  #fetchKeys(set: EntitySet, entities: readonly StoredEntity[]): Promise<void> | undefined {
    const secrets = secretsOf(set.type);
    const isMissing = (value: unknown) => value instanceof Sealed && this.#opener.missingKey(value);
    const areMissing = entities.some(({ values }) => secrets.some((name) => isMissing(values[name])));
    return areMissing ? this.#opener.reload() : undefined;
  }

  #behaviour(set: EntitySet): Behaviour {
    return this.#behaviours[set.name] ?? NONE;
  }

  #representation({ request }: Target, options: QueryOptions): RepresentationOptions {
    return {
      metadata: metadataLevel(request.header('accept'), options.format),
      serviceRoot: request.serviceRoot,
      select: options.select,
      opener: this.#opener,
    };
  }
}

const NONE: Behaviour = {};

function keyIs(set: EntitySet, key: PathKey): Expression {
  const [name, value] = 'id' in key ? ['id', key.id] : [key.alternateKey, key.value];
  const property = set.type.properties[name];
  if (!property) throw new TypeError(`${set.name} has no ${name}`);
  return {
    kind: 'comparison',
    type: { kind: 'boolean' },
    operator: 'eq',
    left: { kind: 'property', type: STRING, path: [name], property },
    right: literal(value),
  };
}

function recordChange({ set, caller, request }: Target, record: StoredEntity): RecordChange {
  return { set, caller, request, record, precondition: (stored) => checkIfMatch(request, stored) };
}
