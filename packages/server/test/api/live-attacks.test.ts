/** What people without a part in a session, applications and other tenants try against it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ALL, LEASE, LiveSessions } from './live-sessions.ts';

let rig: LiveSessions;
beforeEach(async () => {
  rig = await LiveSessions.open();
});
afterEach(() => rig.close());

const MINUTE = 60_000;

const SECRETS = {
  ExtendRemoteHelpSessionResponse: ['acsHelperUserToken', 'pubSubHelperAccessUri'],
  RequestRemoteHelpSessionAccessResponse: ['pubSubEncryptionKey', 'pubSubEncryption'],
  RemoteHelpSessionRetrieveResponse: ['acsHelperUserToken', 'pubSubHelperAccessUri'],
} as const;

/** Every way in which Graph lets a client ask for one property, below `/beta`. */
function waysTo(set: string, name: string, id: string, sessionKey: string, value: string): string[] {
  const one = `/${set}/${id}`;
  const byKey = `/${set}(sessionKey='${sessionKey}')`;
  const found = `"${value.slice(0, 20)}"`;
  const selects = [`$select=${name}`, `$select=id,${name}`, `$select=sessionKey,${name}`, '$select=*', ''];
  return [
    ...[`/${set}`, one, byKey].flatMap((path) => selects.map((select) => `${path}?${select}`)),
    `/${set}?$filter=${name} eq '${encodeURIComponent(value)}'`,
    `/${set}?$filter=startswith(${name},'${encodeURIComponent(value.slice(0, 1))}')`,
    `/${set}?$orderby=${name}`,
    `/${set}?$search=${encodeURIComponent(found)}`,
    `/${set}/$count?$filter=${name} ne null`,
    `${one}/${name}`,
    `${one}/${name}/$value`,
  ];
}

describe('the secrets of a live session', () => {
  // SES-3.2, SES-14
  it('reach nobody but its helper, however they are asked for', async () => {
    const { id, sessionKey, retrieved, access } = await rig.active();
    const known: Readonly<Record<string, string>> = { ...retrieved, ...access };
    const secrets = [...new Set(Object.values(SECRETS).flat())].map((name) => known[name] as string);
    const tells = (text: string) => secrets.some((secret) => text.includes(secret));
    for (const token of ['full', 'ben', 'desk', 'reader', 'other']) {
      for (const [set, names] of Object.entries(SECRETS)) {
        for (const name of names) {
          const ways = waysTo(set, name, id, sessionKey, known[name] as string);
          for (const way of ways) {
            const { status, text } = await rig.api.ask('GET', `/beta${way}`, { token });
            expect([token, way, status < 500, tells(text)]).toEqual([token, way, true, false]);
          }
          const requests = ways.slice(0, 20).map((url, at) => ({ id: String(at), method: 'GET', url }));
          expect(tells((await rig.api.ask('POST', '/beta/$batch', { token, body: { requests } })).text)).toBe(false);
        }
        for (const body of [{}, { sessionKey }]) {
          const { text } = await rig.api.ask('PATCH', `/beta/${set}/${id}`, { token, body });
          expect(tells(text)).toBe(false);
        }
      }
    }
    const { text } = await rig.api.ask('GET', `${LEASE}?$select=pubSubHelperAccessUri`, { token: 'anna' });
    expect(tells(text)).toBe(true);
  });

  // SES-4, SES-3.2
  it('do not come free in the moment between its end and the deletion of its records', async () => {
    const { id } = await rig.create();
    await rig.api.sessions.engine.close();
    rig.api.clock.advanceBy(5 * MINUTE);
    for (const token of ['full', 'ben', 'desk']) {
      const { status, text } = await rig.api.ask('GET', `${LEASE}/${id}`, { token });
      expect([status, text.includes('access_token')]).toEqual([200, false]);
      for (const [method, body] of [
        ['PATCH', { sessionKey: 'mine' }],
        ['PATCH', {}],
        ['DELETE', undefined],
      ] as const) {
        const refused = await rig.api.ask(method, `${LEASE}/${id}`, { token, ...(body ? { body } : {}) });
        expect([method, refused.status]).toEqual([method, 404]);
      }
    }
  });
});

describe('what is refused', () => {
  /** What the audit log gained: activity and result. */
  async function recorded(attempt: () => Promise<unknown>): Promise<string[]> {
    const read = async () =>
      (await rig.api.ask('GET', '/beta/deviceManagement/auditEvents?$top=999')).body.value as AuditEvent[];
    const before = new Set((await read()).map(({ id }) => id));
    await attempt();
    const after = (await read()).filter(({ id }) => !before.has(id));
    return after.map(({ activityType, activityResult }) => `${activityType} ${activityResult}`);
  }

  interface AuditEvent {
    readonly id: string;
    readonly activityType: string;
    readonly activityResult: string;
  }

  // SES-10
  it.each([
    [
      'patchExtendRemoteHelpSessionResponse',
      'PATCH',
      'ExtendRemoteHelpSessionResponse',
      { acsHelperUserToken: 'mine' },
    ],
    ['patchRemoteHelpSessionRetrieveResponse', 'PATCH', 'RemoteHelpSessionRetrieveResponse', { deviceName: 'x' }],
    ['deleteExtendRemoteHelpSessionResponse', 'DELETE', 'ExtendRemoteHelpSessionResponse', undefined],
  ] as const)('of a live record is one audit record: %s', async (activity, method, set, body) => {
    const { id } = await rig.create();
    for (const token of ['anna', 'full', 'desk']) {
      const attempt = async () => {
        const { status } = await rig.api.ask(method, `/beta/${set}/${id}`, { token, ...(body ? { body } : {}) });
        expect(status).toBe(409);
      };
      expect(await recorded(attempt)).toEqual([`${activity} Failure`]);
    }
  });

  // SES-10, SES-14
  it.each([
    ['join', 'joinRemoteHelpSession'],
    ['accept', 'acceptRemoteHelpSession'],
    ['decline', 'declineRemoteHelpSession'],
    ['narrow', 'narrowRemoteHelpSession'],
    ['stop', 'endRemoteHelpSession'],
  ])('of another device is one audit record: %s', async (route, activity) => {
    const { sessionKey } = await rig.create();
    const stranger = await rig.enrolled();
    for (const key of [sessionKey, 'x'.repeat(2_000), `rh_${'A'.repeat(32)}`]) {
      const attempt = async () => {
        const { status, body } = await stranger.call(route, { sessionKey: key, grants: ALL });
        expect([status, body.error.target]).toEqual([404, 'sessionKey']);
      };
      expect(await recorded(attempt)).toEqual([`${activity} Failure`]);
      // Again within the minute it would be counted with the first (SES-10.2).
      await rig.pass(60_000);
    }
  });
});

describe('the access URI of a live session', () => {
  // SES-5
  it('leads its helper where he reaches the service, not where another who extends says', async () => {
    const { id, sessionKey } = await rig.active();
    const headers = { host: 'localhost:9999' };
    for (const token of ['desk', 'ben']) {
      const extended = await rig.operate('extendRemoteHelpSession', { sessionKey }, { token, headers });
      expect([token, extended.status]).toEqual([token, 200]);
    }
    const retrieved = await rig.retrieve(sessionKey);
    const lease = await rig.api.ask('GET', `${LEASE}/${id}`, { token: 'anna' });
    for (const { body } of [retrieved, lease]) {
      expect(new URL(body.pubSubHelperAccessUri).host).toBe(rig.host);
    }
    expect((await rig.end(retrieved.body.pubSubHelperAccessUri)).id).toBeDefined();
  });
});
