/** Create, read, update, delete over any set of the model. What a set does beyond this stands in its behaviour. */
import {
  type EntitySet,
  type EntityType,
  entityType,
  type Model,
  type Operation,
  qualifiedName,
} from '@open-remote-help/protocol';
import { newId } from '../access/ids.ts';
import { DomainError } from '../errors.ts';
import { metadataLevel, namesEtag, preferences } from '../odata/accept.ts';
import type { Called, PathKey } from '../odata/path.ts';
import { readChanges, readNewEntity } from '../odata/payload.ts';
import { encodeSkipToken, nextLinkQuery, parseQueryOptions, type QueryOptions } from '../odata/query-options.ts';
import { collectionJson, entityJson, entityUrl, etagOf, type RepresentationOptions } from '../odata/representation.ts';
import { recheckWrite } from '../session/recheck.ts';
import { and, type Expression, literal, STRING } from '../store/expression.ts';
import {
  type EntityKey,
  type Opener,
  Sealed,
  type Store,
  type StoredEntity,
  type Unit,
  type Values,
  type Write,
} from '../store/store.ts';
import { auditOfWrite } from './audit.ts';
import type { Behaviour, Behaviours, Circumstances } from './behaviours.ts';
import type { GraphRequest, GraphResponse } from './graph-request.ts';
import { readPage } from './list-page.ts';
import type { LiveRecords, RecordChange } from './live-records.ts';
import { handlerOf, type OperationHandlers, parametersOf } from './operations.ts';

/** Entities on a page unless the client says otherwise. */
const PAGE_SIZE = 100;
const LARGEST_PAGE = 999;
const NO_CONTENT = 204;

/** One addressed set, with everything its handlers need. */
export interface Target extends Circumstances {
  readonly request: GraphRequest;
  readonly set: EntitySet;
}

export class EntityHandlers {
  readonly #store: Store;
  readonly #opener: Opener;
  readonly #behaviours: Behaviours;
  readonly #model: Model;
  readonly #operations: OperationHandlers;
  readonly #live: LiveRecords;
  /** The sets with initial rows that a set needs: itself, those it refers to. */
  readonly #needed = new Map<EntitySet, readonly EntitySet[]>();
  /** `tenant|set` pairs whose initial rows are known to exist. */
  readonly #initialised = new Set<string>();

  constructor(collaborators: {
    model: Model;
    store: Store;
    opener: Opener;
    behaviours: Behaviours;
    operations: OperationHandlers;
    live: LiveRecords;
  }) {
    this.#model = collaborators.model;
    this.#operations = collaborators.operations;
    this.#live = collaborators.live;
    this.#store = collaborators.store;
    this.#opener = collaborators.opener;
    this.#behaviours = collaborators.behaviours;
  }

  async list(target: Target): Promise<GraphResponse> {
    const { request, set } = target;
    const options = parseQueryOptions(request.query, set.type, 'collection');
    const representation = this.#representation(target, options);
    await this.#initialise(target);
    const scope = {
      set,
      tenantId: target.caller.tenantId,
      ...optional('filter', and(this.#behaviour(set).visible?.(target), options.filter, options.search)),
    };
    const preferred = preferences(request.header('prefer')).maxPageSize ?? options.top ?? PAGE_SIZE;
    const top = Math.min(preferred, options.top ?? LARGEST_PAGE);
    const page =
      top === 0
        ? { entities: [] }
        : await readPage(this.#store, {
            ...scope,
            top,
            ...optional('orderBy', options.orderBy),
            ...optional('after', options.after),
            ...optional('skip', options.skip),
            ...optional('select', options.select),
          });
    const count = options.count && !options.after ? await this.#store.count(scope) : undefined;
    const entities = await this.#shown(target, page.entities);
    const nextLink = page.next && this.#nextLink(target, encodeSkipToken(page.next, options));
    return ok(set, representation, collectionJson(set, entities, representation, { count, nextLink }));
  }

  async count(target: Target): Promise<GraphResponse> {
    const options = parseQueryOptions(target.request.query, target.set.type, 'count');
    await this.#initialise(target);
    const filter = and(this.#behaviour(target.set).visible?.(target), options.filter, options.search);
    const count = await this.#store.count({
      set: target.set,
      tenantId: target.caller.tenantId,
      ...optional('filter', filter),
    });
    return { status: 200, headers: { 'content-type': 'text/plain;charset=utf-8' }, body: String(count) };
  }

  async get(target: Target, key: PathKey): Promise<GraphResponse> {
    const options = parseQueryOptions(target.request.query, target.set.type, 'entity');
    const representation = this.#representation(target, options);
    await this.#initialise(target);
    const entity = await this.#find(target, key);
    if (!entity) throw notFound(key);
    const [shown = entity] = await this.#shown(target, [entity]);
    return this.#answer(target, shown, representation);
  }

  async create(target: Target): Promise<GraphResponse> {
    const { request, set, caller } = target;
    const options = parseQueryOptions(request.query, set.type, 'write');
    const representation = this.#representation(target, options);
    const sent = readNewEntity(set.type, await request.readBody());
    await this.#initialise(target);
    const values = this.#behaviour(set).created?.(sent, target) ?? sent;
    const id = newId(target.now);
    const references = this.#references(target, values);
    const beside = this.#behaviour(set).beside?.({ id, version: 1, values }, target);
    const entity = await this.#store.transact<StoredEntity>({
      reads: references.map(({ key }) => key),
      decide: (referenced) => {
        checkReferences(references, referenced);
        return {
          writes: [
            { kind: 'insert', set, tenantId: caller.tenantId, id, values },
            auditOfWrite(target, 'Create', id, undefined, values),
            ...(beside?.writes ?? []),
            ...this.#rechecks(target),
          ],
          value: { id, version: 1, values: { ...values, ...beside?.answered } },
        };
      },
    });
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
    await this.#initialise(target);
    const references = this.#references(target, changes);
    const entity = await this.#patch(target, changes, (isPlain) =>
      this.#change(target, key, 'Update', () => changes, { references, isPlain }),
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
    await this.#initialise(target);
    try {
      await this.#store.transact(this.#deletion(target, key, false));
    } catch (error) {
      if (!(error instanceof PerhapsLive)) throw error;
      await this.#live.delete(recordChange(target, error.record));
      await this.#store.transact(this.#deletion(target, key, true));
    }
    return { status: NO_CONTENT, headers: {} };
  }

  #deletion(target: Target, key: PathKey, isPlain: boolean): Unit<void> {
    const { set, caller } = target;
    const behaviour = this.#behaviour(set);
    return {
      reads: [this.#entityKey(target, key)],
      decide: ([before]) => {
        const entity = this.#checked(target, key, before);
        if (!isPlain && this.#live.concerns(set, entity)) throw new PerhapsLive(entity);
        behaviour.guard?.(entity, undefined, target);
        return {
          writes: [
            ...[set, ...(behaviour.companions ?? [])].map(
              (each) => ({ kind: 'delete', set: each, tenantId: caller.tenantId, id: entity.id }) as const,
            ),
            auditOfWrite(target, 'Delete', entity.id, entity, undefined),
            ...this.#rechecks(target),
          ],
          value: undefined,
        };
      },
    };
  }

  /** A bound operation: an action of the set's behaviour is one unit, everything else has a handler of its own. */
  async call(target: Target, key: PathKey, called: Called): Promise<GraphResponse> {
    const { name } = called.operation;
    const action = this.#behaviour(target.set).actions?.[name];
    if (action) {
      await this.#store.transact(this.#change(target, key, name, (before) => action(before, target)));
      return { status: NO_CONTENT, headers: {} };
    }
    await this.#initialise(target);
    const bound = await this.#find(target, key);
    if (!bound) throw notFound(key);
    return this.#handle(target, bound, called);
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
    const { set, entity } = result;
    const options = parseQueryOptions(request.query, set.type, 'write');
    const representation = this.#representation({ ...target, set }, options);
    await this.#fetchKeys(set, [entity]);
    return ok(set, representation, entityJson(set, entity, representation));
  }

  /** The one way in which an entity changes: precondition, guard, new values, audit. */
  #change(
    target: Target,
    key: PathKey,
    activity: string,
    changesOf: (before: StoredEntity) => Values,
    { references = [], isPlain = true }: { references?: readonly ReferenceRead[]; isPlain?: boolean } = {},
  ): Unit<StoredEntity> {
    const { set, caller } = target;
    const guard = this.#behaviour(set).guard;
    return {
      reads: [this.#entityKey(target, key), ...references.map((reference) => reference.key)],
      decide: ([row, ...referenced]) => {
        const before = this.#checked(target, key, row);
        if (!isPlain && this.#live.concerns(set, before)) throw new PerhapsLive(before);
        checkReferences(references, referenced);
        const changes = changesOf(before);
        guard?.(before, changes, target);
        if (Object.keys(changes).length === 0) return { writes: [], value: before };
        return {
          writes: [
            { kind: 'update', set, tenantId: caller.tenantId, before, changes },
            auditOfWrite(target, activity, before.id, before, changes),
            ...this.#rechecks(target),
          ],
          value: { id: before.id, version: before.version + 1, values: { ...before.values, ...changes } },
        };
      },
    };
  }

  #checked({ request }: Target, key: PathKey, entity: StoredEntity | undefined): StoredEntity {
    if (!entity) throw notFound(key);
    checkIfMatch(request, entity);
    return entity;
  }

  /** Sessions that stand on what a set says are looked at after each change of it (SES-11). */
  #rechecks({ set, caller, now }: Target): Write[] {
    return this.#behaviour(set.viewOf ?? set).isGround ? [recheckWrite(caller.tenantId, now)] : [];
  }

  /** Entities as the caller may read them, their keys at hand. */
  async #shown({ set, caller }: Target, entities: readonly StoredEntity[]): Promise<readonly StoredEntity[]> {
    await this.#fetchKeys(set, entities);
    return this.#live.shown(set, caller, entities);
  }

  #answer({ request, set }: Target, entity: StoredEntity, representation: RepresentationOptions): GraphResponse {
    const etag = etagOf(entity);
    const ifNoneMatch = request.header('if-none-match');
    if (ifNoneMatch !== undefined && namesEtag(ifNoneMatch, etag)) return { status: 304, headers: { etag } };
    const answer = ok(set, representation, entityJson(set, entity, representation));
    return { ...answer, headers: { ...answer.headers, etag } };
  }

  async #find(target: Target, key: PathKey): Promise<StoredEntity | undefined> {
    const visible = this.#behaviour(target.set).visible?.(target);
    if (!visible) return this.#store.get(this.#entityKey(target, key));
    const { entities } = await this.#store.query({
      set: target.set,
      tenantId: target.caller.tenantId,
      filter: and(visible, keyIs(target.set, key)) as Expression,
      top: 1,
    });
    return entities[0];
  }

  /** A secret may be sealed with a key that another node made a moment ago. */
  async #fetchKeys(set: EntitySet, entities: readonly StoredEntity[]): Promise<void> {
    const secrets = secretsOf(set.type);
    const isMissing = (value: unknown) => value instanceof Sealed && this.#opener.missingKey(value);
    if (entities.some(({ values }) => secrets.some((name) => isMissing(values[name])))) await this.#opener.reload();
  }

  #entityKey({ set, caller }: Target, key: PathKey): EntityKey {
    return { set, tenantId: caller.tenantId, ...key };
  }

  /** The entities that references among the values point to; all must exist. */
  #references({ set, caller }: Target, values: Values): ReferenceRead[] {
    return Object.values(set.type.references).flatMap(({ property, set: name }) => {
      const id = values[property];
      if (typeof id !== 'string') return [];
      return [{ property, key: { set: setNamed(this.#model, name), tenantId: caller.tenantId, id } }];
    });
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

  #nextLink({ request, set, outerKeys }: Target, skipToken: string): string {
    const path = set.path.replace(/\{(.+?)\}/g, (_, name: string) => encodeURIComponent(outerKeys[name] ?? ''));
    return `${request.serviceRoot}/${path}?${nextLinkQuery(request.query, skipToken)}`;
  }

  /** Sees to the rows that the set, and those it refers to, have from the start. */
  async #initialise({ set, caller }: Target): Promise<void> {
    for (const needed of this.#withInitialRows(set)) await this.#initialiseSet(needed, caller.tenantId);
  }

  #withInitialRows(set: EntitySet): readonly EntitySet[] {
    let needed = this.#needed.get(set);
    if (!needed) {
      const referred = Object.values(set.type.references).map((reference) => setNamed(this.#model, reference.set));
      needed = [set.viewOf ?? set, ...referred].filter((each) => this.#behaviour(each).initialRows);
      this.#needed.set(set, needed);
    }
    return needed;
  }

  /** Inserts the rows that a set has from the start; a row that another node inserted first is left alone. */
  async #initialiseSet(set: EntitySet, tenantId: string): Promise<void> {
    const initialRows = this.#behaviour(set).initialRows;
    const mark = `${tenantId}|${set.name}`;
    if (!initialRows || this.#initialised.has(mark)) return;
    await this.#store.transact({
      reads: initialRows.map(({ id }) => ({ set, tenantId, id })),
      decide: (rows) => ({
        writes: initialRows
          .filter((_, index) => !rows[index])
          .map((row) => ({ kind: 'insert', set, tenantId, ...row })),
        value: undefined,
      }),
    });
    this.#initialised.add(mark);
  }
}

const NONE: Behaviour = {};

function setNamed(model: Model, name: string): EntitySet {
  const set = model.sets.find((candidate) => candidate.name === name);
  if (!set) throw new TypeError(`The model has no set ${name}`);
  return set;
}

function optional<K extends string, V>(name: K, value: V | undefined): { [N in K]?: V } {
  return (value === undefined ? {} : { [name]: value }) as { [N in K]?: V };
}

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

/** Ends a unit that is about to change a record which may be a live session's: the engine has to be asked first. */
class PerhapsLive extends Error {
  readonly record: StoredEntity;

  constructor(record: StoredEntity) {
    super('The record may be that of a live session.');
    this.record = record;
  }
}

function recordChange({ set, caller, request }: Target, record: StoredEntity): RecordChange {
  return { set, caller, request, record, precondition: (stored) => checkIfMatch(request, stored) };
}

function checkIfMatch(request: GraphRequest, entity: StoredEntity): void {
  const ifMatch = request.header('if-match');
  if (ifMatch === undefined || namesEtag(ifMatch, etagOf(entity))) return;
  throw new DomainError('preconditionFailed', `The stored version is ${etagOf(entity)}.`, { target: 'If-Match' });
}

interface ReferenceRead {
  readonly property: string;
  readonly key: EntityKey;
}

function checkReferences(references: readonly ReferenceRead[], rows: readonly (StoredEntity | undefined)[]): void {
  for (const [index, { property, key }] of references.entries()) {
    if (rows[index]) continue;
    throw new DomainError('badRequest', `${property} names none of ${key.set.name}.`, { target: property });
  }
}

function ok(set: EntitySet, { metadata }: RepresentationOptions, body: object): GraphResponse {
  return { status: 200, headers: { 'content-type': contentType(metadata), 'cache-control': cacheControl(set) }, body };
}

/** A value that is no entity (OData JSON 4.01, 11). */
function answerOfValue({ request }: { request: GraphRequest }, { returns }: Operation, value: string): GraphResponse {
  const options = parseQueryOptions(request.query, NO_PROPERTIES, 'write');
  const metadata = metadataLevel(request.header('accept'), options.format);
  const type = returns ? qualifiedName(returns) : 'Edm.String';
  const context = metadata === 'none' ? {} : { '@odata.context': `${request.serviceRoot}/$metadata#${type}` };
  return {
    status: 200,
    headers: { 'content-type': contentType(metadata), 'cache-control': 'no-store' },
    body: { ...context, value },
  };
}

/** Of a value nothing can be selected. */
const NO_PROPERTIES = entityType('value', {});

function contentType(metadata: string): string {
  return `application/json;odata.metadata=${metadata};odata.streaming=true;IEEE754Compatible=false;charset=utf-8`;
}

const secretNames = new WeakMap<EntityType, readonly string[]>();

/** Names of a type's secret properties. */
function secretsOf(type: EntityType): readonly string[] {
  let names = secretNames.get(type);
  if (!names) {
    names = Object.entries(type.properties).flatMap(([name, { isSecret }]) => (isSecret ? [name] : []));
    secretNames.set(type, names);
  }
  return names;
}

/** What holds secrets is not to be kept anywhere on the way. */
function cacheControl({ type }: EntitySet): string {
  return secretsOf(type).length > 0 ? 'no-store' : 'no-cache';
}

function minimalHeaders(entity: StoredEntity): Record<string, string> {
  return { etag: etagOf(entity), 'preference-applied': 'return=minimal' };
}

function applied(request: GraphRequest): Record<string, string> {
  const isAsked = preferences(request.header('prefer')).return === 'representation';
  return isAsked ? { 'preference-applied': 'return=representation' } : {};
}

function notFound(key: PathKey): DomainError {
  const name = 'id' in key ? `'${key.id}'` : `${key.alternateKey}='${key.value}'`;
  return new DomainError('notFound', `No entity with the key ${name.toWellFormed().slice(0, 120)} was found.`);
}
