/** The records of live sessions over HTTP, and the plain ones beside them (SES-3.1, SES-3.2). */
import { extendExample } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../../src/clock.ts';
import { newSessionKey } from '../../src/session/session-key.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { type Answer, type Api, type Ask, allSets } from './harness.ts';
import { LEASE, LiveSessions } from './live-sessions.ts';

const MINUTE = 60_000;

let rig: LiveSessions;
let api: Api;

beforeEach(async () => {
  rig = await LiveSessions.open();
  api = rig.api;
});
afterEach(() => rig.close());

function lease(id: string, body?: object, token = 'anna', headers = {}): Promise<Answer> {
  return api.ask(body ? 'PATCH' : 'GET', `${LEASE}/${id}`, { token, headers, ...(body ? { body } : {}) });
}

/** An instant so many minutes from now, as a change of the expiry. */
function inMinutes(minutes: number) {
  return { sessionExpirationDateTime: toIsoText(api.clock.now() + minutes * MINUTE) };
}

describe('the records of a live session', () => {
  it('a PATCH of the lease moves the real deadline, and everybody hears of it', async () => {
    const { id, sharer } = await rig.active();
    const text = '2026-01-01T00:00:10.1234567+00:00';
    const { status, body } = await lease(id, { sessionExpirationDateTime: text });
    expect([status, body.sessionExpirationDateTime]).toEqual([200, text]);
    expect(await sharer.hears('leaseRenewed')).toMatchObject({ expiresAt: expect.stringContaining('00:00:10.123') });
    expect((await lease(id)).body.sessionExpirationDateTime).toBe(text);
    await rig.pass(9_122);
    expect(sharer.stopped).toBe(false);
    await rig.pass(1);
    await sharer.stops();
    expect(await sharer.hears('ended')).toMatchObject({ reason: 'expired' });
    expect((await lease(id)).status).toBe(404);
  });

  it('a PATCH into the past ends the session and answers with the last representation', async () => {
    const { id, helper } = await rig.active();
    const { status, body } = await lease(id, { sessionExpirationDateTime: '2025-12-31T23:59:59Z' });
    expect([status, body.id]).toEqual([200, id]);
    await helper.stops();
    expect((await lease(id)).status).toBe(404);
  });

  it('refuses what is not true of the session, and takes present values', async () => {
    const { id } = await rig.active();
    const { body: whole } = await lease(id);
    expect((await lease(id, whole)).status).toBe(200);
    const past = await lease(id, { sessionExpirationDateTime: '2026-01-01T09:00:00Z' });
    expect([past.status, past.body.error.target]).toEqual([400, 'sessionExpirationDateTime']);
    const other = await lease(id, { acsHelperUserToken: 'mine' });
    expect([other.status, other.body.error.target]).toEqual([409, 'acsHelperUserToken']);
    expect(
      (await lease(id, { sessionExpirationDateTime: '2026-01-01T00:30:00Z' }, 'anna', { 'if-match': 'W/"99"' })).status,
    ).toBe(412);
    expect((await api.ask('DELETE', `${LEASE}/${id}`, { token: 'anna' })).status).toBe(409);
    const sibling = `/beta/RemoteHelpSessionRetrieveResponse/${id}`;
    const moved = await api.ask('PATCH', sibling, { token: 'anna', body: { deviceName: 'x' } });
    expect([moved.status, moved.body.error.target]).toEqual([409, 'deviceName']);
    const copy = await api.ask('POST', LEASE, { token: 'anna', body: whole });
    expect(copy.status).toBe(409);
  });

  it('shows its secrets to nobody but its helper', async () => {
    const { id } = await rig.active();
    expect((await lease(id)).body.pubSubHelperAccessUri).toContain('access_token=');
    for (const token of ['full', 'ben', 'desk']) {
      const { body } = await lease(id, undefined, token);
      expect(body.sessionKey).toBeDefined();
      expect(Object.keys(body)).not.toContain('acsHelperUserToken');
      expect(Object.keys(body)).not.toContain('pubSubHelperAccessUri');
      const { body: list } = await api.ask('GET', LEASE, { token });
      expect(JSON.stringify(list)).not.toContain('access_token');
    }
    expect((await lease(id, { sessionExpirationDateTime: '2026-01-01T00:30:00Z' }, 'full')).status).toBe(403);
  });

  // SES-3.2
  it('is found by its alternate key, for a PATCH as for the rest', async () => {
    const { id, sessionKey, sharer } = await rig.active();
    const byKey = `${LEASE}(sessionKey='${sessionKey}')`;
    const wanted = inMinutes(30);
    const ask = { token: 'anna' };
    expect((await api.ask('PATCH', byKey, { ...ask, body: wanted })).body).toMatchObject({ id, ...wanted });
    expect(await sharer.hears('leaseRenewed')).toMatchObject({ expiresAt: wanted.sessionExpirationDateTime });
    expect(await rig.shown(id)).toMatchObject(wanted);
    const other = { sessionKey: newSessionKey() };
    expect((await api.ask('PATCH', byKey, { ...ask, body: other })).status).toBe(409);
    expect((await api.ask('DELETE', byKey, ask)).status).toBe(409);
    expect((await api.ask('GET', byKey, { token: 'full' })).body).not.toHaveProperty('acsHelperUserToken');
  });

  // SES-3.1
  it('moves the deadline also where the client wants no representation', async () => {
    const { id, helper } = await rig.active();
    const wanted = inMinutes(1);
    const patched = await lease(id, wanted, 'anna', { prefer: 'return=minimal' });
    expect(patched).toMatchObject({ status: 204, text: '', headers: { 'preference-applied': 'return=minimal' } });
    expect(patched.headers.etag).toBe((await lease(id)).headers.etag);
    expect(await helper.hears('leaseRenewed')).toMatchObject({ expiresAt: wanted.sessionExpirationDateTime });
    await rig.pass(MINUTE);
    await helper.stops();
    expect(await rig.shown(id)).toMatchObject({ endReason: 'expired' });
  });

  it('is changed by one of two who both know its version', async () => {
    const { id } = await rig.active();
    const { etag = '' } = (await lease(id)).headers;
    const answers = await Promise.all(
      [20, 30].map((minutes) => lease(id, inMinutes(minutes), 'anna', { 'if-match': etag })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await lease(id, inMinutes(40), 'anna', { 'if-match': '*' })).status).toBe(200);
    expect((await lease(id, inMinutes(50), 'anna', { 'if-match': etag })).status).toBe(412);
  });

  // SES-3.1
  it('says of all that move it at once what the session does', async () => {
    const { id, sessionKey } = await rig.active();
    const moves = Array.from({ length: 10 }, (_, index) => lease(id, inMinutes(10 + index)));
    const extensions = Array.from({ length: 3 }, () => rig.operate('extendRemoteHelpSession', { sessionKey }));
    const answers = await Promise.all([...moves, ...extensions]);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const { sessionExpirationDateTime } = (await lease(id)).body;
    expect(answers.map(({ body }) => body.sessionExpirationDateTime)).toContain(sessionExpirationDateTime);
    expect(await rig.shown(id)).toMatchObject({ sessionExpirationDateTime });
    expect((await rig.retrieve(sessionKey)).body).toMatchObject({ sessionExpirationDateTime });
  });

  // SES-3.1, SES-6
  it('is gone for a PATCH that the end of its session overtakes, and never fails', async () => {
    for (let round = 0; round < 12; round++) {
      const { id, sessionKey } = await rig.create();
      const acts: [string, () => Promise<Answer>][] = [
        ['move', () => lease(id, inMinutes(30))],
        ['end', () => rig.operate('endRemoteHelpSession', { sessionKey })],
        ['move again', () => lease(id, inMinutes(40))],
        ['past', () => lease(id, { sessionExpirationDateTime: '2020-01-01T00:00:00Z' })],
      ];
      const order = [...acts.slice(round % acts.length), ...acts.slice(0, round % acts.length)];
      const answers = await Promise.all(order.map(async ([name, act]) => [name, (await act()).status] as const));
      const statuses = Object.fromEntries(answers);
      for (const name of ['move', 'move again', 'past']) expect([200, 404]).toContain(statuses[name]);
      expect([204, 404]).toContain(statuses.end);
      // One of the two ended it.
      expect([statuses.end, statuses.past].filter((status) => status !== 404)).toHaveLength(1);
      expect((await lease(id)).status).toBe(404);
      expect(await rig.shown(id)).toMatchObject({ state: 'ended' });
      await rig.pass(30 * MINUTE);
    }
  });

  it('is answered to HEAD like to GET, without a body', async () => {
    const { id } = await rig.active();
    for (const token of ['anna', 'full']) {
      const [head, get] = [await api.ask('HEAD', `${LEASE}/${id}`, { token }), await lease(id, undefined, token)];
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['etag', 'content-type', 'cache-control', 'odata-version']) {
        expect(head.headers[name]).toBe(get.headers[name]);
      }
      expect(get.headers['cache-control']).toBe('no-store');
    }
  });

  // SES-3.1, SES-3.2
  it('is the same in a batch', async () => {
    const { id, sessionKey } = await rig.active();
    const url = `/ExtendRemoteHelpSessionResponse/${id}`;
    const headers = { 'Content-Type': 'application/json' };
    const requests = [
      { id: 'move', method: 'PATCH', url, headers, body: inMinutes(30) },
      { id: 'beyond', method: 'PATCH', url, headers, body: inMinutes(600) },
      { id: 'change', method: 'PATCH', url, headers, body: { sessionKey: newSessionKey() }, dependsOn: ['move'] },
      { id: 'delete', method: 'DELETE', url },
      {
        id: 'copy',
        method: 'POST',
        url: '/ExtendRemoteHelpSessionResponse',
        headers,
        body: { ...extendExample, sessionKey },
      },
      { id: 'get', method: 'GET', url, dependsOn: ['move'] },
    ];
    const batch = async (token: string, items: readonly object[]) => {
      const { body } = await api.ask('POST', '/beta/$batch', { token, body: { requests: items } });
      // biome-ignore lint/suspicious/noExplicitAny: responses of every shape
      return new Map<string, any>(body.responses.map((each: { id: string }) => [each.id, each]));
    };
    const his = await batch('anna', requests);
    const statusOf = (name: string) => his.get(name).status;
    expect(requests.map((request) => statusOf(request.id))).toEqual([200, 400, 409, 409, 409, 200]);
    expect(his.get('beyond').body.error.target).toBe('sessionExpirationDateTime');
    expect(his.get('get').body).toMatchObject({ ...inMinutes(30), acsHelperUserToken: expect.stringContaining('.') });
    const theirs = await batch('full', [
      { id: 'get', method: 'GET', url },
      { id: 'list', method: 'GET', url: '/ExtendRemoteHelpSessionResponse?$select=pubSubHelperAccessUri' },
      { id: 'move', method: 'PATCH', url, headers, body: inMinutes(31) },
    ]);
    expect([...theirs.values()].map(({ status }) => status)).toEqual([200, 200, 403]);
    expect(JSON.stringify([...theirs.values()])).not.toMatch(/access_token|acsHelperUserToken/);
  });

  // SES-3.2
  it.each([
    'RequestRemoteHelpSessionAccessResponse',
    'RemoteHelpSessionRetrieveResponse',
    'CreateRemoteHelpSessionResponse',
  ])('has siblings that only read while it is live, such as %s', async (set) => {
    const { id, sessionKey } = await rig.active();
    const sibling = `/beta/${set}/${id}`;
    const ask: Ask = { token: 'anna' };
    const { body: whole } = await api.ask('GET', sibling, ask);
    expect(whole).toMatchObject({ id, sessionKey });
    expect((await api.ask('PATCH', sibling, { ...ask, body: whole })).status).toBe(200);
    expect((await api.ask('PATCH', sibling, { ...ask, body: { sessionKey: 'mine' } })).status).toBe(409);
    expect((await api.ask('DELETE', sibling, ask)).status).toBe(409);
    await rig.operate('endRemoteHelpSession', { sessionKey });
    expect((await api.ask('GET', sibling, ask)).status).toBe(404);
  });
});

describe('a plain record whose sessionKey has the form of a session key', () => {
  // SES-3.2
  it('stays one: every property changes, everybody reads it, and it is deleted', async () => {
    const record = { ...extendExample, sessionKey: newSessionKey() };
    const { status, body } = await api.ask('POST', LEASE, { body: record });
    expect(status).toBe(201);
    const changed = {
      sessionKey: newSessionKey(),
      acsHelperUserToken: 'another',
      pubSubHelperAccessUri: 'wss://elsewhere',
      sessionExpirationDateTime: '2016-12-31T23:59:57.5564522-08:00',
    };
    expect((await lease(body.id, changed, 'full')).body).toMatchObject(changed);
    expect((await lease(body.id, undefined, 'anna')).body).toMatchObject(changed);
    expect((await api.ask('GET', `${LEASE}(sessionKey='${changed.sessionKey}')`)).body).toMatchObject(changed);
    expect((await api.ask('DELETE', `${LEASE}/${body.id}`)).status).toBe(204);
  });

  // SES-3.2
  it("cannot be given a live session's key, nor its id", async () => {
    const { id, sessionKey } = await rig.active();
    const { body } = await api.ask('POST', LEASE, { body: { ...extendExample, sessionKey: newSessionKey() } });
    expect((await lease(body.id, { sessionKey }, 'full')).status).toBe(409);
    const claimed = await api.ask('POST', LEASE, { body: { ...extendExample, sessionKey: 'x', id } });
    expect(claimed.body.id).not.toBe(id);
  });
});

describe('a PATCH of a plain record', () => {
  // SES-3.2
  it('asks the store once; one that might be live asks whose it is besides', async () => {
    const calls: string[] = [];
    await rig.close();
    const counting = (store: SqliteStore) =>
      new Proxy(store, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          return (...args: unknown[]) => {
            calls.push(String(name));
            return value.apply(target, args);
          };
        },
      });
    rig = await LiveSessions.open({
      store: (sealer) => counting(new SqliteStore(openDatabase(':memory:', allSets), sealer)),
    });
    api = rig.api;
    const callsOf = async (sessionKey: string) => {
      const { id } = (await api.ask('POST', LEASE, { body: { ...extendExample, sessionKey } })).body;
      calls.length = 0;
      expect((await lease(id, { acsHelperUserToken: 'new' }, 'full')).status).toBe(200);
      return calls.filter((name) => name !== 'missingKey');
    };
    await callsOf('first of all');
    expect(await callsOf('plain')).toEqual(['transact']);
    expect(await callsOf(newSessionKey())).toEqual(['transact', 'get', 'get', 'transact']);
  });
});
