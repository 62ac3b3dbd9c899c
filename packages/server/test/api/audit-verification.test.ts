/** `verifyAuditEvents`: the audit log against its hash chain, part by part. */
import { auditEvents, extendExample } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditStretches } from '../../src/access/audit-chain-model.ts';
import { AuditChainer } from '../../src/access/audit-chainer.ts';
import { type Api, openApi, TENANT } from './harness.ts';

const WRITES = 5;

let api: Api;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

/** Writes, one record each, and chains them: each round is a stretch of its own. */
async function chainWrites(rounds: number): Promise<void> {
  const chainer = new AuditChainer({
    store: api.store,
    clock: api.clock,
    onFault: (error) => {
      throw error;
    },
  });
  await chainer.start();
  let noted = 0;
  for (let round = 0; round < rounds; round++) {
    const body = { ...extendExample, sessionKey: `key-${round}` };
    expect((await api.ask('POST', '/beta/ExtendRemoteHelpSessionResponse', { body })).status).toBe(201);
    const { entities } = await api.store.query({ set: auditEvents, tenantId: TENANT, top: 1_000 });
    for (const record of entities.slice(noted)) chainer.note(TENANT, record);
    noted = entities.length;
    api.clock.advanceBy(1_000);
    await chainer.settled();
  }
  await chainer.close();
}

const path = (mark: string) => `/beta/deviceManagement/verifyAuditEvents(mark='${mark}')`;

async function verify(token = 'full') {
  const faults: { readonly kind: string; readonly recordId: string }[] = [];
  let mark = '';
  for (;;) {
    const { status, body } = await api.ask('GET', path(mark), { token });
    expect(status).toBe(200);
    faults.push(...body.faults);
    if (body.isComplete) return { ...body, faults };
    mark = body.next;
  }
}

async function recordIds(): Promise<string[]> {
  const { body } = await api.ask('GET', '/beta/deviceManagement/auditEvents?$orderby=id&$select=id');
  return body.value.map(({ id }: { id: string }) => id);
}

// ODATA-68
describe('verifyAuditEvents', () => {
  it('finds a whole log whole, under its name with and without namespace', async () => {
    await chainWrites(WRITES);
    expect(await verify()).toMatchObject({ faults: [], records: WRITES, unchained: 0, next: null });
    const qualified = await api.ask('GET', "/beta/deviceManagement/openRemoteHelp.verifyAuditEvents(mark='')");
    expect([qualified.status, qualified.body.isComplete]).toEqual([200, true]);
    expect(qualified.body.hash).toMatch(/^[\w-]{43}$/);
  });

  it('names what was altered and what is gone, and counts what is not chained', async () => {
    await chainWrites(WRITES);
    const ids = await recordIds();
    const [first = '', second = ''] = ids;
    const key = (id: string) => ({ set: auditEvents, tenantId: TENANT, id });
    await api.store.transact({
      reads: [key(first)],
      decide: ([before]) => {
        if (!before) throw new Error('no such record');
        const changes = { activity: 'Nothing to see' };
        return {
          writes: [
            { kind: 'update', set: auditEvents, tenantId: TENANT, before, changes },
            { kind: 'delete', set: auditEvents, tenantId: TENANT, id: second },
          ],
          value: undefined,
        };
      },
    });
    await api.ask('POST', '/beta/ExtendRemoteHelpSessionResponse', { body: { ...extendExample, sessionKey: 'late' } });
    const verdict = await verify();
    expect(verdict.faults).toEqual([
      { kind: 'altered', recordId: first },
      { kind: 'missing', recordId: second },
    ]);
    expect(verdict).toMatchObject({ records: WRITES - 1, unchained: 1 });
  });

  it('names a part of the chain that is gone', async () => {
    await chainWrites(WRITES);
    const { entities } = await api.store.query({ set: auditStretches, tenantId: TENANT, top: 10 });
    const gone = entities[1]?.id ?? '';
    await api.store.transact({
      reads: [],
      decide: () => ({
        writes: [{ kind: 'delete', set: auditStretches, tenantId: TENANT, id: gone }],
        value: undefined,
      }),
    });
    expect((await verify()).faults).toContainEqual({ kind: 'brokenStretch', recordId: gone });
  });

  it('goes through a long chain in parts, each with the mark of the next', async () => {
    await chainWrites(205);
    const { body } = await api.ask('GET', path(''));
    expect(body).toMatchObject({ isComplete: false, hash: null, records: 200, faults: [] });
    expect(await verify()).toMatchObject({ faults: [], records: 205, unchained: 0 });
  });

  it('is empty for a tenant that has no log, whatever others have', async () => {
    await chainWrites(1);
    expect(await verify('other')).toMatchObject({ faults: [], records: 0, unchained: 0 });
  });

  it.each(['x', '1', '1.2.3', `1.2.${'a'.repeat(44)}`, `-1.2.${'a'.repeat(43)}`])('knows no mark %s', async (mark) => {
    const { status, body } = await api.ask('GET', path(mark));
    expect([status, body.error.target]).toEqual([400, 'mark']);
  });

  it('is for those who may read the log', async () => {
    expect((await api.ask('GET', path(''), { token: 'nobody' })).status).toBe(403);
    expect((await api.ask('GET', path(''), { token: '' })).status).toBe(401);
    expect((await api.ask('GET', path(''), { token: 'reader' })).status).toBe(200);
  });
});
