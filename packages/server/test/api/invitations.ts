/** Invitations and what comes of them, on either store, with those who would misuse them. */
import { auditEvents, invitations, managedDevices, model } from '@open-remote-help/protocol';
import { PageHand } from '@open-remote-help/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { instantOf, SYSTEM_TENANT } from '../../src/access/identity-model.ts';
import { deviceCredentials, deviceGenerations } from '../../src/device/device-model.ts';
import { invitationCodes } from '../../src/session/invitation-model.ts';
import { type ApiOptions, caller, OTHER_TENANT, TENANT } from './harness.ts';
import { INVITATIONS, InvitedPages } from './invited-pages.ts';
import { ALL, DEVICES, SESSIONS, SETTINGS } from './live-sessions.ts';

const MINUTE = 60_000;
const weak = caller({ objectId: 'weak' });
const stranger = caller({ objectId: 'stranger', tenantId: OTHER_TENANT });

/** @param storeOptions opens a store of its own for each test */
export function describeInvitations(name: string, storeOptions: () => Promise<Pick<ApiOptions, 'store'>>): void {
  let rig: InvitedPages;
  afterEach(() => rig.live.close());

  async function open(options: ApiOptions = {}): Promise<InvitedPages> {
    rig = await InvitedPages.open({ ...(await storeOptions()), ...options, callers: { weak, stranger } });
    return rig;
  }

  const audit = async (tenantId = TENANT) => {
    const { entities } = await rig.api.store.query({ set: auditEvents, tenantId, top: 500 });
    return entities.map(({ values }) => values);
  };
  const typesIn = async () => (await audit()).map(({ activityType }) => activityType);
  const set = (body: object) => rig.api.ask('PATCH', SETTINGS, { body });

  describe(`an invitation on ${name}`, () => {
    // SHR-1, SHR-3, SHR-5
    it('shows its code once', async () => {
      await open();
      const made = await rig.invite({ reason: 'The printer' });
      expect(made.status).toBe(201);
      expect(made.body).toMatchObject({
        ...{ code: expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{8}$/), state: 'open', sessionType: 'viewScreen' },
        ...{ reason: 'The printer', helperId: 'anna', sessionId: null },
        createdDateTime: '2026-01-01T00:00:02.000Z',
        expirationDateTime: '2026-01-01T00:10:02.000Z',
      });
      const shown = await rig.api.ask('GET', `${INVITATIONS}/${made.body.id}`, { token: 'anna' });
      expect(shown.body).toMatchObject({ id: made.body.id, code: null });
      const { entities } = await rig.api.store.query({ set: invitationCodes, tenantId: SYSTEM_TENANT, top: 10 });
      expect(entities).toHaveLength(1);
      expect(JSON.stringify([entities, await audit()])).not.toContain(made.body.code);
      expect(await typesIn()).toContain('createInvitation');
    });

    // SHR-3
    it('is answered with its code whatever the client would rather have', async () => {
      await open();
      const headers = { prefer: 'return=minimal' };
      const answer = await rig.api.ask('POST', INVITATIONS, { token: 'anna', body: {}, headers });
      expect(answer.body.code).toHaveLength(8);
    });

    // SHR-4
    it.each([
      ['remote help is off', { remoteAssistanceState: 'disabled' }, 'remoteAssistanceState'],
      ['pages are not taken', { allowSessionsToUnenrolledDevices: false }, 'allowSessionsToUnenrolledDevices'],
    ])('is refused, and says why, where %s', async (_what, settings, target) => {
      await open();
      await set(settings);
      const { status, body } = await rig.invite();
      expect([status, body.error.target]).toEqual([403, target]);
      expect(body.error.message).toContain(target);
    });

    // SHR-4
    it.each([
      ['someone without the right', 'weak', {}, 403, undefined],
      ['an application', 'desk', {}, 403, undefined],
      ['who may only read', 'reader', {}, 403, undefined],
      ['who wants control', 'anna', { sessionType: 'takeFullControl' }, 400, 'sessionType'],
      ['who wants to come unattended', 'anna', { sessionType: 'unattended' }, 400, 'sessionType'],
      ['who says too much', 'anna', { reason: 'x'.repeat(501) }, 400, 'reason'],
      ['who chooses the code', 'anna', { code: '00000000', nonsense: 1 }, 400, 'nonsense'],
    ])('is refused to %s', async (_what, token, body, status, target) => {
      await open();
      const answer = await rig.invite(body, token);
      expect([answer.status, answer.body.error.target]).toEqual([status, target]);
    });

    // ID-17
    it('asks for a token, and for a permission', async () => {
      await open();
      for (const [token, status] of [
        ['', 401],
        ['nobody', 403],
      ] as const) {
        expect((await rig.invite({}, token)).status).toBe(status);
        expect((await rig.api.ask('GET', INVITATIONS, { token })).status).toBe(status);
        expect((await rig.api.ask('DELETE', `${INVITATIONS}/x`, { token })).status).toBe(status);
      }
    });

    // SHR-5
    it("is its own maker's: nobody else sees or withdraws it", async () => {
      await open();
      const { id, code } = await rig.code();
      for (const token of ['ben', 'stranger']) {
        expect((await rig.api.ask('GET', INVITATIONS, { token })).body.value).toEqual([]);
        expect((await rig.api.ask('GET', `${INVITATIONS}/${id}`, { token })).status).toBe(404);
        expect((await rig.api.ask('DELETE', `${INVITATIONS}/${id}`, { token })).status).toBe(404);
      }
      expect((await rig.api.ask('PATCH', `${INVITATIONS}/${id}`, { token: 'anna', body: {} })).status).toBe(405);
      expect((await rig.api.ask('GET', INVITATIONS, { token: 'anna' })).body.value).toHaveLength(1);
      expect((await rig.try(code)).status).toBe(201);
    });

    // SHR-5
    it('is one of ten in ten minutes', async () => {
      await open();
      for (let count = 0; count < 10; count++) await rig.code();
      expect((await rig.invite()).status).toBe(429);
      expect((await rig.invite({}, 'ben')).status).toBe(201);
      const [{ id }] = (await rig.api.ask('GET', INVITATIONS, { token: 'anna' })).body.value;
      await rig.api.ask('DELETE', `${INVITATIONS}/${id}`, { token: 'anna' });
      expect([(await rig.invite()).status, (await rig.invite()).status]).toEqual([201, 429]);
      rig.api.clock.advanceBy(10 * MINUTE + 1);
      expect((await rig.invite()).status).toBe(201);
    });
  });

  describe(`a claim on ${name}`, () => {
    // SHR-8, SHR-10
    it.each<[string, () => Promise<string>]>([
      ['was never made', async () => 'ZZZZZZZZ'],
      [
        'is used',
        async () => {
          const { code } = await rig.code();
          expect((await rig.try(code)).status).toBe(201);
          return code;
        },
      ],
      [
        'was withdrawn',
        async () => {
          const { code, id } = await rig.code();
          expect((await rig.api.ask('DELETE', `${INVITATIONS}/${id}`, { token: 'anna' })).status).toBe(204);
          return code;
        },
      ],
      [
        'has expired',
        async () => {
          const { code } = await rig.code();
          rig.api.clock.advanceBy(10 * MINUTE);
          return code;
        },
      ],
      [
        'is of a tenant that takes no pages any more',
        async () => {
          const { code } = await rig.code();
          await set({ allowSessionsToUnenrolledDevices: false });
          return code;
        },
      ],
    ])('is refused with one answer where the code %s', async (_what, codeOf) => {
      await open();
      const code = await codeOf();
      const { status, body } = await rig.try(code);
      const { code: word, message, target } = body.error;
      expect({ status, word, message, target }).toEqual({
        ...{ status: 404, word: 'ResourceNotFound', target: 'code' },
        message: 'The code is not good: mistyped, used already, or too old. Ask for a new one.',
      });
    });

    // SHR-8
    it('costs the same work for every code that is not good', async () => {
      const work: string[] = [];
      await open();
      const { store } = rig.api;
      const { code: used } = await rig.code();
      await rig.try(used);
      const { code: withdrawn, id } = await rig.code();
      await rig.api.ask('DELETE', `${INVITATIONS}/${id}`, { token: 'anna' });
      const { code: late } = await rig.code();
      rig.api.clock.advanceBy(10 * MINUTE);
      await rig.live.pass(0);
      const [get, transact] = [store.get.bind(store), store.transact.bind(store)];
      store.get = (key) => {
        work.push(`get ${key.set.name}`);
        return get(key);
      };
      store.transact = (unit) => {
        work.push(`unit ${unit.reads.map(({ set: { name } }) => name).join()}`);
        return transact(unit);
      };
      const traces = [];
      for (const code of ['ZZZZZZZZ', used, withdrawn, late]) {
        work.length = 0;
        expect((await rig.try(code, `192.0.2.${traces.length + 60}`)).status).toBe(404);
        // The first refusal of a source is written down at once, whatever the code was.
        traces.push(work.filter((each) => each !== 'unit ').join('\n'));
      }
      expect(new Set(traces)).toEqual(new Set([traces[0]]));
      expect(traces[0]).toContain('get invitations');
    });

    // SHR-9
    it('is won by exactly one of many at once', async () => {
      await open();
      const { code } = await rig.code();
      const all = await Promise.all(Array.from({ length: 5 }, (_, index) => rig.try(code, `192.0.2.${index + 1}`)));
      expect(all.map(({ status }) => status).sort()).toEqual([201, 404, 404, 404, 404]);
      const { entities } = await rig.api.store.query({ set: deviceCredentials, tenantId: TENANT, top: 10 });
      expect(entities.filter(({ values }) => values.sessionId !== null)).toHaveLength(1);
    });

    // SHR-9
    it('leaves nothing when its unit fails, and the code is good still', async () => {
      await open();
      const { code, id } = await rig.code();
      const { store } = rig.api;
      const transact = store.transact.bind(store);
      store.transact = (unit) =>
        unit.reads.some(({ set: { name } }) => name === 'invitations')
          ? transact({
              ...unit,
              decide: (rows, now) => {
                unit.decide(rows, now);
                throw new Error('The node dies.');
              },
            })
          : transact(unit);
      expect((await rig.try(code)).status).toBe(500);
      store.transact = transact;
      expect((rig.api.errors as object[]).splice(0)).toHaveLength(1);
      expect((await rig.api.ask('GET', `${INVITATIONS}/${id}`, { token: 'anna' })).body.state).toBe('open');
      expect((await rig.try(code)).status).toBe(201);
      expect((await rig.api.ask('GET', SESSIONS)).body.value).toHaveLength(1);
    });

    // SHR-9, SHR-12, EV-6
    it('says who asks, and on record who came', async () => {
      await open();
      const { body } = await rig.invite({ reason: 'The printer', ticket: 'T-1' });
      const claimed = await rig.claim(
        await new PageHand().claim(body.code, { deviceName: 'Firefox\u202e on Windows' }),
      );
      expect(claimed.headers['cache-control']).toBe('no-store');
      expect(claimed.body).toMatchObject({
        ...{ tenantId: TENANT, audience: `urn:open-remote-help:device:${TENANT}`, expiresIn: 600 },
        requested: {
          ...{ version: 1, event: 'requested', sessionType: 'viewScreen', sessionKey: claimed.body.sessionKey },
          helper: { name: 'Anna', mail: 'anna@example.org', organization: 'Test Ltd' },
          helperSays: { reason: 'The printer', ticket: 'T-1' },
        },
      });
      const shown = (await rig.api.ask('GET', `${INVITATIONS}/${body.id}`, { token: 'anna' })).body;
      expect(shown).toMatchObject({ state: 'claimed', claimedDateTime: '2026-01-01T00:00:02.000Z' });
      const session = await rig.live.shown(shown.sessionId);
      expect(session).toMatchObject({ state: 'requested', helperId: 'anna', isUnenrolled: true });
      expect(session).toMatchObject({ deviceId: claimed.body.deviceId, deviceName: 'Firefox on Windows' });
      const records = (await audit()).filter(({ sessionId }) => sessionId === shown.sessionId);
      expect(records.map(({ activityType }) => activityType).sort()).toEqual([
        'claimRemoteHelpInvitation',
        'createRemoteHelpSession',
      ]);
      expect(JSON.stringify(records)).toContain('192.0.2.50');
    });

    // SHR-2
    it('takes a code however it is typed', async () => {
      await open();
      const { code } = await rig.code();
      const typed = ` ${code.slice(0, 4).toLowerCase()} - ${code.slice(4)}`.replaceAll('0', 'o').replaceAll('1', 'l');
      expect((await rig.try(typed)).status).toBe(201);
    });

    // SHR-6, SHR-7
    it.each<[string, (hand: PageHand, code: string) => Promise<object>, string | undefined]>([
      ['no code', async (hand, code) => ({ ...(await hand.claim(code)), code: undefined }), 'code'],
      ['a code that can be none', async (hand, code) => hand.claim(code, { code: 'UUUUUUUU' }), 'code'],
      ['a code that is a number', async (hand, code) => hand.claim(code, { code: 12_345_678 }), 'code'],
      ['no key', async (hand, code) => hand.claim(code, { publicKey: undefined }), 'publicKey'],
      ['a private key', async (hand, code) => hand.claim(code, { publicKey: hand.privateKey }), 'publicKey/d'],
      ['no proof', async (hand, code) => hand.claim(code, { proof: undefined }), 'proof'],
      [
        'the proof of another key',
        async (hand, code) => hand.claim(code, { proof: await new PageHand().claimProof(code) }),
        'proof',
      ],
      [
        'a proof for another code',
        async (hand, code) => hand.claim(code, { proof: await hand.claimProof('ZZZZZZZZ') }),
        'proof',
      ],
      [
        'a proof for another audience',
        async (hand, code) => hand.claim(code, { proof: await hand.claimProof(code, { aud: 'urn:elsewhere' }) }),
        'proof',
      ],
      [
        'a proof of another type',
        async (hand, code) => hand.claim(code, { proof: await hand.claimProof(code, {}, { typ: 'JWT' }) }),
        'proof',
      ],
      ['an unknown member', async (hand, code) => hand.claim(code, { helper: 'me' }), 'helper'],
      ['a name that is no text', async (hand, code) => hand.claim(code, { deviceName: {} }), 'deviceName'],
      ['a list', async () => [], undefined],
    ])('with %s is refused by name, and is no guess', async (_what, bodyOf, target) => {
      await open();
      const { code } = await rig.code();
      for (let time = 0; time < 7; time++) {
        const { status, body } = await rig.claim(await bodyOf(new PageHand(), code));
        expect([status, body.error.target]).toEqual([400, target]);
      }
      expect((await rig.try(code)).status).toBe(201);
    });

    // SHR-6
    it('is a POST of little JSON', async () => {
      await open();
      const ask = { token: '', headers: { host: rig.live.host } };
      expect((await rig.api.ask('GET', '/share/claim', ask)).status).toBe(405);
      const form = { ...ask, headers: { ...ask.headers, 'content-type': 'text/plain' } };
      expect((await rig.api.ask('POST', '/share/claim', { ...form, body: '{}' })).status).toBe(415);
      expect((await rig.api.ask('POST', '/share/claim', { ...ask, body: { code: 'x'.repeat(9_000) } })).status).toBe(
        413,
      );
    });
  });

  describe(`guessing on ${name}`, () => {
    const guess = (index: number, from: string) =>
      rig.try(`GUESS${String(index).padStart(3, '0')}`.replace('U', 'V'), from);

    // SHR-10
    it('is slowed down for its source, each time more, and a right code from elsewhere is not', async () => {
      await open();
      const { code } = await rig.code();
      const from = '2001:db8:1:2::7';
      for (let index = 0; index < 6; index++) expect((await guess(index, from)).status).toBe(404);
      const waits: number[] = [];
      for (let index = 6; index < 15; index++) {
        // Another address of the same /64.
        const slowed = await guess(index, `2001:db8:1:2:${index}::1`);
        expect(slowed.status).toBe(429);
        waits.push(Number(slowed.headers['retry-after']));
        rig.api.clock.advanceBy(Number(slowed.headers['retry-after']) * 1_000);
        expect((await guess(index, from)).status).toBe(404);
      }
      expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
      expect((await rig.try(code, '2001:db8:1:3::7')).status).toBe(201);
    });

    // SHR-10
    it('is slowed down when it comes all at once', async () => {
      await open();
      const all = await Promise.all(Array.from({ length: 30 }, (_, index) => guess(index, '192.0.2.9')));
      expect(all.filter(({ status }) => status === 404)).toHaveLength(6);
      expect(all.filter(({ status }) => status === 429)).toHaveLength(24);
    });

    // SHR-10
    it('costs nobody anything that was right, and is forgotten after half an hour', async () => {
      await open();
      const from = '192.0.2.9';
      for (let index = 0; index < 5; index++) await guess(index, from);
      for (const token of ['anna', 'ben']) expect((await rig.try((await rig.code(token)).code, from)).status).toBe(201);
      expect((await guess(5, from)).status).toBe(404);
      rig.api.clock.advanceBy(31 * MINUTE);
      for (let index = 6; index < 12; index++) expect((await guess(index, from)).status).toBe(404);
    });

    // SHR-11
    it('from many sources raises an alarm, once, and locks nobody out', async () => {
      await open();
      const { code } = await rig.code();
      for (let index = 0; index < 130; index++) await guess(index, `198.51.100.${index}`);
      expect(rig.api.claimed.filter((each) => each === 'alarm')).toHaveLength(1);
      const types = await typesIn();
      expect(types.filter((type) => type === 'noticeGuessingOfInvitationCodes')).toHaveLength(1);
      expect(types).toContain('refuseInvitationCode');
      expect((await rig.try(code, '203.0.113.1')).status).toBe(201);
      rig.api.clock.advanceBy(61 * MINUTE);
      for (let index = 0; index < 100; index++) await guess(index, `203.0.113.${index}`);
      expect(rig.api.claimed.filter((each) => each === 'alarm')).toHaveLength(2);
    });
  });

  describe(`a page as a device on ${name}`, () => {
    // SHR-12, SHR-13
    it('takes part in its session', async () => {
      await open();
      const { id, helper, page } = await rig.active();
      expect(await rig.live.shown(id)).toMatchObject({ state: 'active', grants: { view: true, control: false } });
      expect(await helper.hears('granted')).toMatchObject({ grants: { view: true, control: false } });
      expect((await rig.api.ask('GET', DEVICES)).body.value.map(({ id: each }: { id: string }) => each)).not.toContain(
        page.id,
      );
      expect((await rig.api.ask('GET', `${DEVICES}/${page.id}`)).status).toBe(404);
    });

    // SHR-12, DEV-15
    it('renews its token while the session lives', async () => {
      await open();
      const { page, sessionKey, id } = await rig.active();
      rig.api.clock.advanceBy(10 * MINUTE);
      expect((await page.call('join', { sessionKey })).status).toBe(401);
      const renewed = await rig.renew(page);
      expect(renewed.body).toMatchObject({ expires_in: 600, generation: expect.any(String) });
      const again = rig.deviceOf(page.hand, page.answer, renewed.body.access_token);
      expect((await again.call('join', { sessionKey })).status).toBe(200);
      await rig.live.operate('endRemoteHelpSession', { sessionKey }, { device: page });
      expect((await rig.live.shown(id)).state).toBe('ended');
      expect((await again.call('join', { sessionKey })).status).toBe(401);
      expect((await rig.renew(page, renewed.body.generation)).status).toBe(401);
    });

    // SHR-13
    it('takes part in no other session', async () => {
      await open();
      const mine = await rig.page();
      const other = await rig.page('ben');
      const enrolled = await rig.live.create();
      for (const sessionKey of [other.answer.sessionKey, enrolled.sessionKey]) {
        for (const route of ['join', 'accept', 'decline', 'narrow', 'stop']) {
          expect((await mine.call(route, { sessionKey, grants: ALL })).status, route).toBe(404);
        }
      }
      expect((await mine.call('self')).status).toBe(404);
      // SHR-14
      expect((await mine.call('connect', {})).status).toBe(404);
      expect((await rig.api.ask('GET', DEVICES, { token: mine.answer.accessToken })).status).toBe(401);
    });

    // SHR-13
    it("is not known in another tenant, nor asked by another tenant's helper", async () => {
      await open();
      const page = await rig.page();
      const { accessToken: token, sessionKey } = page.answer;
      const foreign = { token, body: { sessionKey }, headers: { host: rig.live.host } };
      expect((await rig.api.ask('POST', `/device/${OTHER_TENANT}/join`, foreign)).status).toBe(401);
      expect((await rig.live.retrieve(sessionKey, 'stranger', page)).status).toBe(404);
    });

    // SHR-13
    it('cannot be asked again, nor found as anything else', async () => {
      await open();
      const { page, sessionKey } = await rig.active();
      expect(
        (await rig.live.operate('createRemoteHelpSession', { sessionType: 'viewScreen' }, { device: page })).status,
      ).toBe(404);
      expect((await rig.live.operate('requestRemoteAssistance', {}, { device: page })).status).toBe(404);
      await page.call('stop', { sessionKey });
      expect(
        (await rig.live.operate('createRemoteHelpSession', { sessionType: 'viewScreen' }, { device: page })).status,
      ).toBe(404);
      expect((await rig.live.retrieve(sessionKey, 'anna', page)).status).toBe(404);
      for (const set of [deviceCredentials, deviceGenerations, managedDevices]) {
        expect(await rig.api.store.get({ set, tenantId: TENANT, id: page.id }), set.name).toBeUndefined();
      }
      expect(model.sets.map(({ name: each }) => each)).not.toContain('deviceCredentials');
    });

    // SHR-4, SES-8.1
    it('grants the view, and nothing else whatever is asked or said', async () => {
      await open();
      const { id, page, sessionKey } = await rig.active();
      await rig.api.ask('POST', `${SESSIONS}/${id}/requestRights`, { token: 'anna', body: { ...ALL } });
      const [asked] = (await page.call('requests')).body.value;
      if (asked) await page.call('accept', { sessionKey, promptId: asked.promptId, grants: ALL });
      expect(await rig.live.shown(id)).toMatchObject({
        grants: { view: true, control: false, clipboardToSharer: false },
      });
    });

    // SHR-14
    it('hears on its connection what devices hear on their standing one', async () => {
      await open();
      const { id, page, sessionKey, sharer } = await rig.active();
      const retrieved = (await rig.live.retrieve(sessionKey, 'ben', page)).body;
      const second = await rig.live.end(retrieved.pubSubHelperAccessUri);
      await second.hears('policy');
      const body = { sessionKey, pubSubConnectionId: second.id };
      expect(
        (await rig.live.operate('requestRemoteHelpSessionAccess', body, { token: 'ben', device: page })).status,
      ).toBe(409);
      const asked = await sharer.hears('asked');
      expect(asked).toMatchObject({ kind: 'access', helper: { name: 'Ben' } });
      expect((await page.call('requests')).body.value).toMatchObject([{ event: 'asked', promptId: asked.promptId }]);
      await page.call('decline', { sessionKey, promptId: asked.promptId });
      expect(await second.hears('consent')).toMatchObject({ decision: 'declined' });
      expect(await rig.live.shown(id)).toMatchObject({ state: 'active' });
    });

    // SHR-16, SES-11
    it.each<[string, () => Promise<unknown>]>([
      ['pages are not taken any more', () => set({ allowSessionsToUnenrolledDevices: false })],
      ['remote help is switched off', () => set({ remoteAssistanceState: 'disabled' })],
    ])('gives way when %s', async (_what, change) => {
      await open();
      const session = await rig.active();
      await change();
      expect(await rig.live.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
      expect(
        await rig.api.store.get({ set: deviceCredentials, tenantId: TENANT, id: session.page.id }),
      ).toBeUndefined();
    });

    // SHR-16
    it('stays when another setting changes', async () => {
      await open();
      const { id } = await rig.active();
      await set({ blockChat: true });
      await rig.live.pass(1_000);
      expect((await rig.live.shown(id)).state).toBe('active');
    });

    // SHR-13, DEV-16
    it('with a generation of the past is parked with its session', async () => {
      await open();
      const session = await rig.active();
      const renewed = await rig.renew(session.page);
      await rig.renew(session.page, renewed.body.generation);
      expect((await rig.renew(session.page)).body).toMatchObject({ reason: 'parked' });
      expect(await rig.live.endedWithinASecond(session.id, session)).toMatchObject({ endReason: 'revoked' });
    });
  });

  describe(`ICE servers on ${name}`, () => {
    const settings = {
      REMOTE_HELP_ICE_SERVERS: 'stun:stun.example.org, turn:turn.example.org?transport=udp',
      REMOTE_HELP_TURN_SECRET: 'north',
    };
    const ask = (id: string, token = 'anna') => rig.api.ask('POST', `${SESSIONS}/${id}/getIceServers`, { token });

    // SHR-17, SHR-18
    it('are given to both ends while the session is active, with credentials to the lease', async () => {
      await open({ settings });
      const { id, page, sessionKey } = await rig.active();
      const lease = instantOf(String((await rig.live.shown(id)).sessionExpirationDateTime));
      const username = `${Math.floor(lease / 1_000)}:${id}`;
      const expected = [
        { urls: 'stun:stun.example.org' },
        { urls: 'turn:turn.example.org?transport=udp', username, credential: expect.stringMatching(/^[\w+/]{27}=$/) },
      ];
      for (const answer of [await ask(id), await page.call('ice', { sessionKey })]) {
        expect(answer.status).toBe(200);
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(answer.body.iceServers).toEqual(expected);
        expect(instantOf(answer.body.expirationDateTime)).toBe(lease);
      }
      const records = (await audit()).filter(({ activityType }) => activityType === 'giveRemoteHelpIceServers');
      expect(records.map(({ sessionId }) => sessionId)).toEqual([id, id]);
      expect(JSON.stringify(records)).not.toContain(username);
    });

    // SHR-17
    it('are kept from everybody else, and until there is consent', async () => {
      await open({ settings });
      const page = await rig.page();
      const { sessionKey } = page.answer;
      const { sessionId } = (await rig.api.ask('GET', `${INVITATIONS}/${page.invitationId}`, { token: 'anna' })).body;
      expect((await ask(sessionId)).status).toBe(409);
      expect((await page.call('ice', { sessionKey })).status).toBe(409);
      const { id, page: other } = await rig.active('ben');
      for (const [token, status] of [
        ...[
          ['anna', 403],
          ['weak', 403],
          ['desk', 403],
          ['reader', 403],
        ],
        ...[
          ['stranger', 404],
          ['', 401],
          [page.answer.accessToken, 401],
        ],
      ] as const) {
        expect([token, (await ask(id, token as string)).status]).toEqual([token, status]);
      }
      expect((await page.call('ice', { sessionKey: other.answer.sessionKey })).status).toBe(404);
      await other.call('stop', { sessionKey: other.answer.sessionKey });
      expect((await ask(id, 'ben')).status).toBe(404);
      expect((await other.call('ice', { sessionKey: other.answer.sessionKey })).status).toBe(401);
    });

    // SHR-17
    it('are kept from a helper who may not view any more', async () => {
      await open({ settings });
      const { id, page, sessionKey } = await rig.active();
      await page.call('narrow', { sessionKey, grants: {} });
      expect([(await ask(id)).status, (await page.call('ice', { sessionKey })).status]).toEqual([403, 403]);
    });
  });

  describe(`what is out of date on ${name}`, () => {
    // SHR-5
    it('is forgotten with the next claims', async () => {
      await open();
      const { id } = await rig.code();
      rig.api.clock.advanceBy(25 * 60 * MINUTE);
      await rig.try('ZZZZZZZZ');
      await expect.poll(() => rig.api.store.get({ set: invitations, tenantId: TENANT, id })).toBeUndefined();
      const left = await rig.api.store.query({ set: invitationCodes, tenantId: SYSTEM_TENANT, top: 10 });
      expect(left.entities).toEqual([]);
    });
  });
}
