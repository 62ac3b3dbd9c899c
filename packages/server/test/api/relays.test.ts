/** Relays over the API: both ends get their grants, meet on real sockets, and are cut with what they stand on. */
import { once } from 'node:events';
import { encodeGrantFrame, PAIRED_FRAME, RELAY_SUBPROTOCOL, readRelayOffer } from '@open-remote-help/protocol/relay';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toIsoText } from '../../src/clock.ts';
import { DomainError } from '../../src/errors.ts';
import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { RawClient } from '../gateway/raw-client.ts';
import { allSets, caller } from './harness.ts';
import { ALL, LEASE, LiveSessions, SESSIONS, SETTINGS } from './live-sessions.ts';

const SECOND = 1_000;
const OTHER_TENANT = '99999999-9999-9999-9999-999999999999';

let isAway: boolean;
const storeThatMayBeAway = (sealer: ConstructorParameters<typeof SqliteStore>[1]) =>
  new Proxy(new SqliteStore(openDatabase(':memory:', allSets), sealer), {
    get: (store, name) => {
      const member = Reflect.get(store, name, store);
      if (typeof member !== 'function') return member;
      const refuse = async () => {
        throw new DomainError('unavailable', 'The database is away.');
      };
      return name !== 'close' && isAway ? refuse : member.bind(store);
    },
  });

let rig: LiveSessions;
let session: Awaited<ReturnType<LiveSessions['active']>>;
beforeEach(async () => {
  const mallory = caller({ objectId: 'mallory', tenantId: OTHER_TENANT });
  isAway = false;
  rig = await LiveSessions.open({ callers: { mallory }, store: storeThatMayBeAway });
  session = await rig.active();
});
afterEach(() => rig.close());

function openRelay({ token = 'anna', pubSubConnectionId = session.helper.id, id = session.id } = {}) {
  const headers = { host: rig.host };
  return rig.api.ask('POST', `${SESSIONS}/${id}/openRelay`, { token, headers, body: { pubSubConnectionId } });
}

const joinRelay = (relayId: unknown, device = rig.device) =>
  device.call('relay', { sessionKey: session.sessionKey, relayId });

async function enter(answer: object): Promise<RawClient> {
  const { relayUri, relayGrant } = readRelayOffer(answer);
  const client = new RawClient(relayUri, RELAY_SUBPROTOCOL);
  await once(client.socket, 'open');
  client.send(encodeGrantFrame(relayGrant));
  return client;
}

/** A relay as the ends come to it: asked for, told, asked for by the device, entered by both. */
async function paired() {
  const offer = await openRelay();
  const told = await session.sharer.hearsThat({ event: 'relayRequested', relayId: offer.body.relayId });
  const joined = await joinRelay(told.relayId);
  const [helper, sharer] = await Promise.all([enter(offer.body), enter(joined.body)]);
  expect(await Promise.all([helper.next(), sharer.next()])).toEqual([PAIRED_FRAME, PAIRED_FRAME]);
  return { helper, sharer, offer, joined };
}

interface Ends {
  readonly helper: RawClient;
  readonly sharer: RawClient;
}

const codesOf = ({ helper, sharer }: Ends) =>
  Promise.all([helper, sharer].map(async (client) => (await client.closed).code));

// RLY-10
describe('a relay', () => {
  it('is opened by a helper, told to the device, entered by both, and carries bytes', async () => {
    const { helper, sharer, offer, joined } = await paired();
    expect(offer).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(joined).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } });
    expect(offer.body.relayUri).toBe(`ws://${rig.host}/relay`);
    expect(joined.body.relayId).toBe(offer.body.relayId);
    helper.socket.send(Buffer.from('key'));
    sharer.socket.send(Buffer.from('picture'));
    expect(await sharer.next()).toBe(`hex:${Buffer.from('key').toString('hex')}`);
    expect(await helper.next()).toBe(`hex:${Buffer.from('picture').toString('hex')}`);
    expect(JSON.stringify(session.sharer.heard)).not.toContain(offer.body.relayGrant);
  });

  it('is there by its qualified name too', async () => {
    const path = `${SESSIONS}/${session.id}/openRemoteHelp.openRelay`;
    const body = { pubSubConnectionId: session.helper.id };
    expect((await rig.api.ask('POST', path, { token: 'anna', body })).status).toBe(200);
  });

  it.each<[string, object, number, string]>([
    ['a connection that is nobody’s', { pubSubConnectionId: 'nobody' }, 404, 'pubSubConnectionId'],
    ['no connection', { pubSubConnectionId: null }, 400, 'pubSubConnectionId'],
    ['a session that there is not', { id: '0190d3c0-6d4e-7a51-8b0f-2f4f6f1d9c12' }, 404, ''],
    ['somebody who is not in', { token: 'ben' }, 403, ''],
    ['an application', { token: 'desk' }, 403, ''],
    ['another tenant', { token: 'mallory' }, 404, ''],
  ])('is not for %s', async (_, asked, status, target) => {
    const answer = await openRelay(asked);
    expect(answer.status).toBe(status);
    if (target) expect(answer.body.error.target).toBe(target);
    expect(session.sharer.heard.some(({ event }) => event === 'relayRequested')).toBe(false);
  });

  it('that is of another session, or of none, is not the device’s', async () => {
    const { relayId } = (await openRelay()).body;
    const another = await rig.enrolled();
    expect((await joinRelay(relayId, another)).status).toBe(404);
    const unknown = await joinRelay('no-relay');
    expect([unknown.status, unknown.body.error.target]).toEqual([404, 'relayId']);
    for (const malformed of [undefined, 7, 'x'.repeat(129)]) {
      const answer = await joinRelay(malformed);
      expect([answer.status, answer.body.error.target]).toEqual([400, 'relayId']);
    }
  });

  // RLY-2
  it('opens for nobody by the grant of another session', async () => {
    const other = await rig.active({ token: 'ben', device: await rig.enrolled() });
    const { body } = await openRelay({ token: 'ben', id: other.id, pubSubConnectionId: other.helper.id });
    const { relayId } = (await openRelay()).body;
    const forged = { ...body, relayGrant: `${relayId}.${body.relayGrant.split('.')[1]}` };
    expect((await (await enter(forged)).closed).code).toBe(1008);
  });

  // RLY-14
  it('can be had 20 times in a minute', async () => {
    for (let count = 0; count < 20; count++) expect((await openRelay()).status).toBe(200);
    const answer = await openRelay();
    expect([answer.status, Number(answer.headers['retry-after'])]).toEqual([429, 60]);
  });
});

// RLY-11, RLY-13
describe('both ends of a relay are cut', () => {
  const stop = () => rig.device.call('stop', { sessionKey: session.sessionKey });
  const end = (token: string) => rig.operate('endRemoteHelpSession', { sessionKey: session.sessionKey }, { token });
  it.each<[string, (relay: Ends) => Promise<unknown>]>([
    ['when the helper ends the session', () => end('anna')],
    ['when an admin ends it', () => end('ben')],
    ['when the sharer stops it', stop],
    ['when its lease is past', () => leaseOf(SECOND).then(() => rig.pass(SECOND))],
    ['when remote help is switched off', () => switchedOff()],
    ['when the sharer takes back the view', () => narrowed()],
    ["when the helper's connection is gone for good", (relay) => gone(session.helper, relay)],
    ["when the sharer's connection is gone for good", (relay) => gone(session.sharer, relay)],
  ])('%s', async (_, work) => {
    const relay = await paired();
    await work(relay);
    expect(await codesOf(relay)).toEqual([1008, 1008]);
    expect((await joinRelay(relay.offer.body.relayId)).status).not.toBe(200);
  });

  it('when the lease is past while the database is away', async () => {
    const relay = await paired();
    await leaseOf(SECOND);
    isAway = true;
    rig.api.clock.advanceBy(SECOND);
    expect(await codesOf(relay)).toEqual([1008, 1008]);
    isAway = false;
  });

  /** The session ends so long from now. */
  async function leaseOf(ms: number): Promise<void> {
    const sessionExpirationDateTime = toIsoText(rig.api.clock.now() + ms);
    const body = { sessionExpirationDateTime };
    expect((await rig.api.ask('PATCH', `${LEASE}/${session.id}`, { token: 'anna', body })).status).toBe(200);
  }

  /** Time passes for ends that answer pings. */
  async function passFor({ helper, sharer }: Ends, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5 * SECOND) {
      const open = [helper, sharer].filter(({ socket }) => socket.readyState === socket.OPEN);
      const pongs = open.map(({ socket }) => Promise.race([once(socket, 'pong'), once(socket, 'close')]));
      for (const { socket } of open) socket.ping();
      await Promise.all(pongs);
      await rig.pass(5 * SECOND);
    }
  }

  async function gone({ client }: { readonly client: { stop(): void } }, relay: Ends): Promise<void> {
    client.stop();
    // The hub keeps it for 30 seconds (GW-26).
    await passFor(relay, 35 * SECOND);
  }

  async function switchedOff(): Promise<void> {
    await rig.api.ask('PATCH', SETTINGS, { body: { remoteAssistanceState: 'disabled' } });
    await rig.pass(SECOND);
  }
  const narrowed = () => rig.device.call('narrow', { sessionKey: session.sessionKey, grants: { ...ALL, view: false } });
});

// SES-10
it('is on record: who got a grant, and who got none', async () => {
  const { relayId } = (await openRelay()).body;
  await joinRelay(relayId);
  await openRelay({ token: 'ben' });
  const filter = encodeURIComponent(`sessionId eq '${session.id}'`);
  const { body } = await rig.api.ask('GET', `/beta/deviceManagement/auditEvents?$filter=${filter}`);
  const relays = body.value.filter(({ activityType }: { activityType: string }) => activityType.includes('Relay'));
  const shown = relays.map(({ activityType, activityResult }: Record<string, string>) => [
    activityType,
    activityResult,
  ]);
  expect(shown.toSorted()).toEqual([
    ['joinRemoteHelpRelay', 'Success'],
    ['openRemoteHelpRelay', 'Failure'],
    ['openRemoteHelpRelay', 'Success'],
  ]);
  expect(JSON.stringify(body)).not.toContain('relayGrant');
});
