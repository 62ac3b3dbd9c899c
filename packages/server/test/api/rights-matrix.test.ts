/**
 * Who may do what, cell by cell, from the model itself: every set and operation, every verb, and a caller without
 * token, with an unknown one, without permission, with permissions to read, with each permission alone, of another tenant;
 * and with tokens that an issuer has signed: a good one, and each kind that proves nothing here.
 */
import {
  type EntitySet,
  examples,
  model,
  NO_DATE,
  type Operation,
  type Permissions,
  type Property,
  type PropertyType,
  type Verb,
} from '@open-remote-help/protocol';
import { FakeIssuer } from '@open-remote-help/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Caller } from '../../src/access/caller.ts';
import { parseIssuers } from '../../src/access/issuers.ts';
import { JwtVerifier } from '../../src/access/token-verifier.ts';
import { ALL_PERMISSIONS, type Answer, type Api, caller, OTHER_TENANT, openApi, TENANT } from './harness.ts';

/** The `oid` of the callers, whose devices the views show. */
const OID = caller({}).objectId;
const KINDS = ['delegated', 'application'] as const;
const VERBS: readonly Verb[] = ['list', 'get', 'create', 'update', 'delete'];
const METHODS: Readonly<Record<Verb, string>> = {
  list: 'GET',
  get: 'GET',
  create: 'POST',
  update: 'PATCH',
  delete: 'DELETE',
};
const SUCCESS: Readonly<Record<Verb, number>> = { list: 200, get: 200, create: 201, update: 200, delete: 204 };
const MISSING = { list: 200, get: 404, create: 201, update: 404, delete: 404 } as const;
/** Sets whose rows every tenant has of its own under the same ids. */
const ALIKE = ['remoteAssistanceSettings', 'resourceOperations'];

const ISSUER = `https://issuer.example/${TENANT}/v2.0`;
const AUDIENCE = 'api://help';
const HOUR = 3_600;

let api: Api;
/** A token that was good and remembered until it expired; then the clock went on. */
let signed: Readonly<Record<'good' | 'wrongAudience' | 'expired' | 'tooEarly' | 'otherTenant' | 'forged', string>>;

/** What is said of each that is refused. */
const REFUSED = {
  wrongAudience: /audience/,
  expired: /expired/,
  tooEarly: /not yet valid/,
  otherTenant: /not trusted for this tenant/,
  forged: /signature/,
} as const;

beforeAll(async () => {
  const issuer = await FakeIssuer.create(ISSUER);
  const forger = await FakeIssuer.create(ISSUER);
  const issuers = parseIssuers(JSON.stringify([{ issuer: ISSUER, audiences: [AUDIENCE], tenants: [TENANT] }]));
  api = await openApi({
    callers: single(),
    tokens: (named, at) => {
      const real = new JwtVerifier({ ...at, publicUrl: 'https://help.example.org', issuers, fetch: issuer.fetch });
      const of = (token: string) => (token.startsWith('ey') ? real : named);
      return {
        isKnown: (token) => of(token).isKnown(token),
        verify: (token, source) => of(token).verify(token, source),
      };
    },
  });
  const now = Math.floor(api.clock.now() / 1_000);
  const claims = {
    ...{ iss: ISSUER, aud: AUDIENCE, tid: TENANT, oid: OID, sub: 'pairwise', azp: 'client', ver: '2.0' },
    scp: ALL_PERMISSIONS.join(' '),
    exp: now + 100 * HOUR,
  };
  signed = {
    good: await issuer.sign(claims),
    wrongAudience: await issuer.sign({ ...claims, aud: 'api://other' }),
    expired: await issuer.sign({ ...claims, exp: now + HOUR }),
    tooEarly: await issuer.sign({ ...claims, nbf: now + 50 * HOUR }),
    otherTenant: await issuer.sign({ ...claims, tid: OTHER_TENANT }),
    forged: await forger.sign(claims),
  };
  const path = '/beta/deviceManagement/managedDevices';
  expect((await api.ask('GET', path, { token: signed.expired })).status).toBe(200);
  api.clock.advanceBy(2 * HOUR * 1_000);
});
afterAll(() => api.close());

/** Whoever asks with a token that proves nothing is told which check failed, whatever the route. */
async function expectUnproven(ask: (token: string) => Promise<Answer>): Promise<void> {
  for (const token of ['', 'unknown']) expect((await ask(token)).status).toBe(401);
  for (const [kind, message] of Object.entries(REFUSED)) {
    const { status, body } = await ask(signed[kind as keyof typeof REFUSED]);
    expect({ kind, status, message: body?.error.message }).toEqual({
      kind,
      status: 401,
      message: expect.stringMatching(message),
    });
  }
}

/** A caller for each permission alone, by `kind permission`. */
function single(): Record<string, Caller> {
  return Object.fromEntries(
    KINDS.flatMap((kind) =>
      ALL_PERMISSIONS.map((name) => [`${kind}+${name}`, caller({ kind, permissions: new Set([name]) })]),
    ),
  );
}

let made = 0;

/** A body that the set takes; no two have the same session key. */
function newBody(set: EntitySet): object {
  const example = examples[set.name];
  return example ? { ...example, sessionKey: `key ${made++}` } : {};
}

function pathOf(set: EntitySet): string {
  return `/beta/${set.path.replace('{user-id}', OID)}`;
}

/** The id of an entity of the set that is there for the tenant of `full`. */
async function present(set: EntitySet): Promise<string> {
  const base = set.viewOf ?? set;
  if (!base.verbs.includes('create')) {
    const { body } = await api.ask('GET', pathOf(base));
    return body.value[0]?.id ?? inserted(base);
  }
  // Such a device is in every view.
  const inViews = { userId: OID, managementAgent: 'configurationManagerClientMdm' };
  const isDevice = base.name === 'managedDevices';
  const { status, body } = await api.ask('POST', pathOf(base), { body: isDevice ? inViews : newBody(base) });
  expect(status).toBe(201);
  return body.id;
}

/** A row as the server itself would write it into a set that no client writes to. */
async function inserted(set: EntitySet): Promise<string> {
  const id = `row-${made++}`;
  const properties = Object.entries(set.type.properties).filter(([name]) => name !== 'id');
  const values = Object.fromEntries(properties.map(([name, property]) => [name, sampleOf(property)]));
  const insert = { kind: 'insert', set, tenantId: TENANT, id, values } as const;
  await api.store.transact({ reads: [], decide: () => ({ writes: [insert], value: undefined }) });
  return id;
}

function sampleOf({ defaultValue, isNullable, type }: Property): unknown {
  if (defaultValue !== undefined) return defaultValue;
  if (isNullable) return null;
  if (type.kind === 'enum') return Object.keys(type.members)[0];
  if (type.kind === 'complex') throw new Error('A complex value is null or a collection.');
  const samples = { 'Edm.String': `text ${made++}`, 'Edm.Boolean': false, 'Edm.Int32': 0, 'Edm.Int64': 0 };
  return { ...samples, 'Edm.Guid': OID, 'Edm.DateTimeOffset': NO_DATE }[type.name];
}

async function perform(set: EntitySet, verb: Verb, token: string): Promise<Answer> {
  const isKeyless = verb === 'list' || verb === 'create' || set.isSingleton;
  const path = isKeyless ? pathOf(set) : `${pathOf(set)}/${await present(set)}`;
  const body = verb === 'create' ? newBody(set) : verb === 'update' ? {} : undefined;
  return api.ask(METHODS[verb], path, { token, ...(body ? { body } : {}) });
}

function isRead(verb: Verb): boolean {
  return verb === 'list' || verb === 'get';
}

/** Takes more than a permission, and shows each caller his own: `invitations.ts` sees to it. */
const sets = model.sets.filter(({ name }) => name !== 'invitations');

const cells = sets.flatMap((set) =>
  set.verbs.map((verb) => ({
    set,
    name: set.name,
    verb,
    permissions: isRead(verb) ? set.permissions.read : set.permissions.write,
  })),
);

/** What every cell has in common: from nobody to exactly the permissions that are listed. */
async function expectRights(permissions: Permissions, success: number, ask: (token: string) => Promise<Answer>) {
  await expectUnproven(ask);
  expect((await ask(signed.good)).status).toBe(success);
  expect((await ask('nobody')).status).toBe(403);
  const allowed: string[] = [];
  for (const kind of KINDS) {
    for (const name of ALL_PERMISSIONS) {
      const { status } = await ask(`${kind}+${name}`);
      expect([success, 403]).toContain(status);
      if (status === success) allowed.push(`${kind}+${name}`);
    }
  }
  const listed = KINDS.flatMap((kind) => permissions.map((name) => `${kind}+${name}`));
  expect(allowed.toSorted()).toEqual(listed.toSorted());
}

// ID-17
describe.each(cells)('$verb $name', ({ set, verb, permissions }) => {
  it('is for those who hold one of its permissions, and nobody else', async () => {
    expect(permissions.length).toBeGreaterThan(0);
    await expectRights(permissions, SUCCESS[verb], (token) => perform(set, verb, token));
  });

  it(isRead(verb) ? 'is open to a reader' : 'is closed to a reader', async () => {
    expect((await perform(set, verb, 'reader')).status).toBe(isRead(verb) ? SUCCESS[verb] : 403);
  });
});

describe.each(cells.filter(({ name }) => !ALIKE.includes(name)))('$verb $name', ({ set, verb }) => {
  // ID-16
  it('shows another tenant nothing', async () => {
    const id = await present(set);
    const answer = await perform(set, verb, 'other');
    expect(answer.status).toBe(MISSING[verb]);
    if (verb === 'list') {
      expect(answer.body.value.map((entity: { id: string }) => entity.id)).not.toContain(id);
      expect((await api.ask('GET', pathOf(set))).body.value).not.toEqual([]);
    }
    if (verb === 'create') {
      expect((await api.ask('GET', `${pathOf(set)}/${answer.body.id}`)).status).toBe(404);
    }
  });
});

const notOffered = sets.flatMap((set) =>
  VERBS.filter((verb) => !set.verbs.includes(verb) && !(set.isSingleton && verb === 'list')).map((verb) => ({
    set,
    name: set.name,
    verb,
  })),
);

describe('what a set does not offer', () => {
  it.each(notOffered)('$verb $name is 405, whoever asks with a token', async ({ set, verb }) => {
    await expectUnproven((token) => perform(set, verb, token));
    for (const token of ['full', 'reader', 'nobody', 'other']) {
      expect((await perform(set, verb, token)).status).toBe(405);
    }
  });
});

describe.each(model.sets.filter(({ isSingleton }) => !isSingleton))('$name/$count', (set) => {
  it('takes the rights of the list', async () => {
    await expectRights(set.permissions.read, 200, (token) => api.ask('GET', `${pathOf(set)}/$count`, { token }));
  });
});

const operations = model.operations.flatMap((operation) =>
  operation.boundTo.map((name) => ({ operation, name: operation.name, bound: name })),
);

/** `name(a='x',b=true)` for a function, the name alone for an action. */
function segmentOf({ kind, name, parameters }: Operation): string {
  if (kind === 'action') return name;
  const isBoolean = (type: PropertyType) => type.kind === 'primitive' && type.name === 'Edm.Boolean';
  return `${name}(${parameters.map((each) => `${each.name}=${isBoolean(each.type) ? 'true' : "'x'"}`).join()})`;
}

/** What a call answers that is let through: it sends no body, and names a session that is not there. */
function answerWithoutBody({ kind, name, parameters, returns }: Operation): number {
  // The session that is there is no live one.
  if (name === 'getIceServers') return 404;
  if (kind === 'action' && parameters.length > 0) return 400;
  if (parameters.some(({ name }) => name === 'sessionKey')) return 404;
  // Its mark is none that an earlier answer gave.
  if (name === 'verifyAuditEvents') return 400;
  return returns ? 200 : 204;
}

describe.each(operations)('$name of $bound', ({ operation, bound }) => {
  const set = model.sets.find(({ name }) => name === bound);
  const success = answerWithoutBody(operation);

  async function call(token: string): Promise<Answer> {
    const method = operation.kind === 'action' ? 'POST' : 'GET';
    const path = set ? `${pathOf(set)}/${await present(set)}` : `/beta/${bound}`;
    return api.ask(method, `${path}/${segmentOf(operation)}`, { token });
  }

  it('is for those who hold one of its permissions, and nobody else', async () => {
    await expectRights(operation.permissions, success, call);
    expect((await call('reader')).status).toBe(operation.kind === 'function' ? success : 403);
  });

  it(set ? 'finds nothing of another tenant' : 'answers another tenant for itself', async () => {
    expect((await call('other')).status).toBe(set ? 404 : success);
  });
});

describe('the two sets that look alike in every tenant', () => {
  it('are changed in one tenant only', async () => {
    const path = '/beta/deviceManagement/remoteAssistanceSettings';
    await api.ask('PATCH', path, { token: 'other', body: { blockChat: true } });
    expect((await api.ask('GET', path, { token: 'other' })).body.blockChat).toBe(true);
    expect((await api.ask('GET', path)).body.blockChat).toBe(false);
  });
});
