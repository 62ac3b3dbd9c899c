/**
 * The Graph API without its transport: who calls, what is addressed, may he, then do it. The order is the answer's:
 * 401 before anything is told of paths, 405 before 403.
 */
import type { EntitySet, Model, Operation, Verb } from '@open-remote-help/protocol';
import type { Caller, TokenVerifier } from '../access/caller.ts';
import { requirePermission } from '../access/permissions.ts';
import { sourceOf } from '../access/source.ts';
import { DomainError } from '../errors.ts';
import { csdlXml } from '../odata/csdl.ts';
import { PathResolver, type ResourcePath } from '../odata/path.ts';
import { serviceDocument } from '../odata/service-document.ts';
import type { Opener, Store } from '../store/store.ts';
import { Batch } from './batch.ts';
import { type Behaviours, SINGLETON_ID } from './behaviours.ts';
import { EntityHandlers, type Target } from './entity-handlers.ts';
import type { GraphRequest, GraphResponse, RequestFacts } from './graph-request.ts';
import type { LiveRecords } from './live-records.ts';
import type { OperationHandlers } from './operations.ts';
import type { Throttle } from './throttle.ts';

/** What the service works with; `callers` and `strangers` count requests with a good token and without one. */
export interface GraphCollaborators {
  readonly model: Model;
  readonly store: Store;
  readonly opener: Opener;
  readonly tokens: TokenVerifier;
  readonly behaviours: Behaviours;
  readonly operations: OperationHandlers;
  readonly live: LiveRecords;
  readonly callers: Throttle;
  readonly strangers: Throttle;
}

/** The whole API: one instance serves every tenant. */
export class GraphService {
  readonly #paths: PathResolver;
  readonly #handlers: EntityHandlers;
  readonly #batch: Batch;
  readonly #tokens: TokenVerifier;
  readonly #callers: Throttle;
  readonly #strangers: Throttle;
  #metadata: string | undefined;
  readonly #model: Model;

  constructor(collaborators: GraphCollaborators) {
    this.#model = collaborators.model;
    this.#paths = new PathResolver(collaborators.model);
    this.#handlers = new EntityHandlers(collaborators);
    this.#tokens = collaborators.tokens;
    this.#callers = collaborators.callers;
    this.#strangers = collaborators.strangers;
    this.#batch = new Batch((request, caller) => this.#performItem(request, caller));
  }

  /** Answers a request, or throws a `DomainError`. `facts` is filled in for log and metrics as far as things get. */
  async handle(request: GraphRequest, facts: RequestFacts): Promise<GraphResponse> {
    const open = this.#withoutToken(request, facts);
    if (open) return open;
    const caller = await this.#authenticate(request);
    facts.tenantId = caller.tenantId;
    facts.objectId = caller.objectId;
    this.#throttle(request, caller);
    const path = this.#paths.resolve(request.path);
    facts.route = path.template;
    if (path.kind !== 'batch') return this.#perform(request, caller, path);
    if (request.method !== 'POST') throw methodNotAllowed(['POST']);
    return this.#batch.run(request, caller);
  }

  async #performItem(request: GraphRequest, caller: Caller): Promise<GraphResponse> {
    this.#throttle(request, caller);
    return this.#perform(request, caller, this.#paths.resolve(request.path));
  }

  #throttle({ now }: GraphRequest, caller: Caller): void {
    this.#callers.count(shareOf(caller), now);
  }

  /** `$metadata` and the service document are public, as Graph's are. */
  #withoutToken(request: GraphRequest, facts: RequestFacts): GraphResponse | undefined {
    if (!WITHOUT_TOKEN.test(request.path)) return undefined;
    const isMetadata = METADATA.test(request.path);
    facts.route = isMetadata ? '/beta/$metadata' : '/beta';
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed(['GET', 'HEAD']);
    this.#countStranger(request);
    if (isMetadata) {
      this.#metadata ??= csdlXml(this.#model);
      return { status: 200, headers: { 'content-type': 'application/xml;charset=utf-8' }, body: this.#metadata };
    }
    return {
      status: 200,
      headers: { 'content-type': 'application/json;odata.metadata=minimal;charset=utf-8' },
      body: serviceDocument(this.#model, request.serviceRoot),
    };
  }

  /** Counts a request that needs no token, unless a token comes along that is known to be good. */
  #countStranger(request: GraphRequest): void {
    const token = tokenIn(request.header('authorization'));
    if (token !== undefined && this.#tokens.isKnown(token)) return;
    this.#strangers.count(sourceOf(request.remoteAddress), request.now);
  }

  async #authenticate(request: GraphRequest): Promise<Caller> {
    const source = sourceOf(request.remoteAddress);
    try {
      const token = bearerToken(request.header('authorization'));
      if (this.#strangers.isExhausted(source, request.now) && !this.#tokens.isKnown(token)) {
        throw this.#strangers.refusal(request.now);
      }
      return await this.#tokens.verify(token, request.remoteAddress);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'unauthenticated') this.#strangers.count(source, request.now);
      throw error;
    }
  }

  #perform(request: GraphRequest, caller: Caller, path: ResourcePath): Promise<GraphResponse> {
    if (path.kind === 'containerOperation') {
      checkCall(request, caller, path.operation);
      return this.#handlers.callOnContainer({ request, caller, outerKeys: path.outerKeys, now: request.now }, path);
    }
    if (!('set' in path)) throw new DomainError('badRequest', 'A batch holds requests for entities only.');
    const { set, outerKeys } = path;
    const target: Target = { request, set, caller, outerKeys, now: request.now };
    if (path.kind === 'operation') {
      checkCall(request, caller, path.operation);
      return this.#handlers.call(target, path.key, path);
    }
    const verbs = VERBS[path.kind];
    const verb = verbs[request.method];
    if (verb === undefined || !set.verbs.includes(verb)) throw methodNotAllowed(methodsOf(verbs, set));
    requirePermission(caller, verb === 'list' || verb === 'get' ? set.permissions.read : set.permissions.write);
    const key = path.kind === 'entity' ? path.key : { id: SINGLETON_ID };
    switch (verb) {
      case 'list':
        return path.kind === 'count' ? this.#handlers.count(target) : this.#handlers.list(target);
      case 'get':
        return this.#handlers.get(target, key);
      case 'create':
        return this.#handlers.create(target);
      case 'update':
        return this.#handlers.update(target, key);
      case 'delete':
        return this.#handlers.delete(target, key);
    }
  }
}

const METADATA = /(?:\$|%24)metadata/i;
const WITHOUT_TOKEN = new RegExp(`^/*(?:${METADATA.source})?/*$`, 'i');

/** Names of callers' shares; a token that was seen before makes the same caller. */
const shares = new WeakMap<Caller, string>();

function shareOf(caller: Caller): string {
  let share = shares.get(caller);
  if (share === undefined) {
    share = `${caller.tenantId}|${caller.objectId}|${caller.applicationId ?? ''}`;
    shares.set(caller, share);
  }
  return share;
}

type Verbs = Readonly<Record<string, Verb>>;

/** What methods mean, by what the path names. */
const VERBS: Readonly<Record<'collection' | 'count' | 'entity' | 'singleton', Verbs>> = {
  collection: { GET: 'list', HEAD: 'list', POST: 'create' },
  count: { GET: 'list', HEAD: 'list' },
  entity: { GET: 'get', HEAD: 'get', PATCH: 'update', DELETE: 'delete' },
  singleton: { GET: 'get', HEAD: 'get', PATCH: 'update' },
};

function methodsOf(verbs: Verbs, set: EntitySet): string[] {
  return Object.keys(verbs).filter((method) => set.verbs.includes(verbs[method] as Verb));
}

function checkCall(request: GraphRequest, caller: Caller, { kind, permissions }: Operation): void {
  const method = kind === 'action' ? 'POST' : 'GET';
  if (request.method !== method) throw methodNotAllowed([method]);
  requirePermission(caller, permissions);
}

/** RFC 9110, 15.5.6 asks for the list of methods that would do. */
function methodNotAllowed(allowed: readonly string[]): DomainError {
  return new DomainError('methodNotAllowed', 'The request target does not allow this HTTP method.', { allowed });
}

/**
 * A bearer token as it stands in `Authorization` (RFC 6750, 2.1); undefined where there is none. Not looked through
 * letter by letter, which would take longer than to look up what is known of it: its verification does that.
 */
export function tokenIn(authorization = ''): string | undefined {
  const scheme = SCHEME.exec(authorization)?.[0] ?? '';
  const token = authorization.slice(scheme.length);
  return scheme === '' || token === '' || token.includes(' ') ? undefined : token;
}

const SCHEME = /^Bearer +/i;

/** @throws DomainError `unauthenticated` */
export function bearerToken(authorization: string | undefined): string {
  const token = tokenIn(authorization);
  if (token === undefined) {
    throw new DomainError('unauthenticated', 'Access token is empty.', { target: 'Authorization' });
  }
  return token;
}
