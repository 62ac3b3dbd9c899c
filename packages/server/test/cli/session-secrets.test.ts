/** Every secret of help sessions, with a device and with a page, is looked for in all that a service leaves behind. */
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLIENT_ASSERTION_TYPE } from '@open-remote-help/protocol';
import { encodeGrantFrame, PAIRED_FRAME, RELAY_SUBPROTOCOL, readRelayOffer } from '@open-remote-help/protocol/relay';
import { DeviceHand, PageHand } from '@open-remote-help/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { End } from '../api/live-sessions.ts';
import { RawClient } from '../gateway/raw-client.ts';
import { ask, dataFolder, type Running, remoteHelp, serve } from './process.ts';

const SCOPES = ['DeviceManagementConfiguration.ReadWrite.All', 'DeviceManagementManagedDevices.ReadWrite.All'];
const TURN_SECRET = 'canary-of-the-turn-servers';
/** Members of answers that nobody else may learn. */
const SECRETS = new Set([
  ...['token', 'code', 'accessToken', 'access_token', 'generation', 'key', 'initializationVector', 'iv'],
  ...['pubSubEncryptionKey', 'pubSubInitializationVector', 'relayGrant', 'credential'],
  ...['acsHelperUserToken', 'acsSharerUserToken', 'sessionKey'],
]);

let dataDir: string;
let remove: () => Promise<void>;
let running: Running;
let ends: End[];
/** By the name of the member that held it. */
let secrets: Map<string, string>;
beforeEach(async () => {
  ({ dataDir, remove } = await dataFolder());
  running = await serve(dataDir, {
    ...{ REMOTE_HELP_LOG_LEVEL: 'trace', REMOTE_HELP_TURN_SECRET: TURN_SECRET },
    REMOTE_HELP_ICE_SERVERS: 'turn:turn.example:3478',
  });
  [ends, secrets] = [[], new Map([[TURN_SECRET, 'turnSecret']])];
});
afterEach(async () => {
  for (const { client } of ends) client.stop();
  await running.stop();
  await remove();
});

/** Notes what of an answer is secret: members of these names, and the token in each address. */
function noted<T>(answer: T): T {
  JSON.stringify(answer, (name, value: unknown) => {
    if (typeof value !== 'string') return value;
    const uri = name.endsWith('Uri') ? new URL(value).searchParams.get('access_token') : undefined;
    if (uri) secrets.set(uri, name);
    else if (SECRETS.has(name)) secrets.set(value, name);
    return value;
  });
  return answer;
}

async function call(path: string, bearer: string, body?: object, method = body ? 'POST' : 'GET') {
  const answer = noted(await ask(`${running.http}${path}`, bearer, body ? { method, body } : { method }));
  expect(answer.status, path).toBeLessThan(300);
  return answer.body;
}

async function end(uri: string): Promise<{ readonly hears: End['hears']; readonly id: string }> {
  const opened = new End(uri);
  ends.push(opened);
  return { hears: (event, count) => opened.hears(event, count), id: await opened.open() };
}

/** A device that enrolled and signed in. @returns its token */
async function device(admin: string, tenantId: string): Promise<{ readonly id: string; readonly bearer: string }> {
  const hand = new DeviceHand(tenantId);
  const { token } = await call('/beta/remoteHelp/enrollmentTokens', admin, {});
  const enrolled = await call(`/device/${tenantId}/enroll`, '', await hand.enrollment(token));
  const { deviceId: id, generation, audience } = enrolled;
  const assertion = await hand.assertion(id, generation, systemClock.now(), { aud: audience });
  secrets.set(assertion, 'assertion');
  const response = await fetch(`${running.http}/device/${tenantId}/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: assertion,
    }),
  });
  const answer = noted((await response.json()) as { readonly access_token: string });
  return { id, bearer: answer.access_token };
}

/** Both ends are in, the device or page has accepted. */
async function helped(
  admin: string,
  { id, tenantId, bearer }: Record<'id' | 'tenantId' | 'bearer', string>,
  sessionKey: string,
) {
  const at = `/beta/deviceManagement/managedDevices/${id}`;
  const joined = await call(`/device/${tenantId}/join`, bearer, { sessionKey });
  const sharer = await end(joined.pubSubSharerAccessUri);
  await sharer.hears('policy');
  const retrieved = await call(`${at}/retrieveRemoteHelpSession(sessionKey='${sessionKey}')`, admin);
  const helper = await end(retrieved.pubSubHelperAccessUri);
  await helper.hears('policy');
  await call(`/device/${tenantId}/accept`, bearer, { sessionKey, grants: { view: true } });
  await helper.hears('consent');
  const body = { sessionKey, pubSubConnectionId: helper.id };
  await call(`${at}/requestRemoteHelpSessionAccess`, admin, body);
  noted(await call(`/device/${tenantId}/join`, bearer, { sessionKey }));
  return { sessionId: joined.id as string, sharer, helper };
}

async function enter(offer: object): Promise<RawClient> {
  const { relayUri, relayGrant } = readRelayOffer(offer);
  const client = new RawClient(relayUri, RELAY_SUBPROTOCOL);
  await once(client.socket, 'open');
  client.send(encodeGrantFrame(relayGrant));
  return client;
}

async function left(): Promise<{ readonly told: string; readonly kept: string }> {
  const metrics = await (await fetch(running.metrics)).text();
  const { stdout, stderr } = await running.stop();
  const names = (await readdir(dataDir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const files = names.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1'));
  return { told: `${stdout}${stderr}${metrics}`, kept: (await Promise.all(files)).join('\n') };
}

// RLY-17, SHR-3, SHR-18
it('secrets of sessions are in no log line, no metric and no file', { timeout: 60_000 }, async () => {
  const admin = (await remoteHelp(dataDir, ['token', '--scope', SCOPES.join(' ')])).stdout.trim();
  secrets.set(admin, 'bearer');
  const { tid: tenantId } = JSON.parse(Buffer.from(admin.split('.')[1] ?? '', 'base64url').toString());
  const settings = { remoteAssistanceState: 'enabled', allowSessionsToUnenrolledDevices: true };
  await call('/beta/deviceManagement/remoteAssistanceSettings', admin, settings, 'PATCH');

  const desk = await device(admin, tenantId);
  const create = `/beta/deviceManagement/managedDevices/${desk.id}/createRemoteHelpSession`;
  noted(await call(`/device/${tenantId}/connect`, desk.bearer, {}));
  const { sessionKey } = await call(create, admin, { sessionType: 'viewScreen' });
  const { sessionId, helper } = await helped(admin, { ...desk, tenantId }, sessionKey);
  const offer = await call(`/beta/remoteHelp/sessions/${sessionId}/openRelay`, admin, {
    pubSubConnectionId: helper.id,
  });
  const sharers = await call(`/device/${tenantId}/relay`, desk.bearer, { sessionKey, relayId: offer.relayId });
  const relay = await Promise.all([enter(offer), enter(sharers)]);
  expect(await Promise.all(relay.map((client) => client.next()))).toEqual([PAIRED_FRAME, PAIRED_FRAME]);
  for (const { socket } of relay) socket.close();

  const { code } = await call('/beta/remoteHelp/invitations', admin, { sessionType: 'viewScreen' });
  const claimed = await call('/share/claim', '', await new PageHand().claim(code));
  const page = { id: claimed.deviceId, tenantId, bearer: claimed.accessToken };
  const shared = await helped(admin, page, claimed.sessionKey);
  await call(`/beta/remoteHelp/sessions/${shared.sessionId}/getIceServers`, admin, {});
  await call(`/device/${tenantId}/ice`, page.bearer, { sessionKey: claimed.sessionKey });

  const names = new Set(secrets.values());
  for (const name of ['code', 'relayGrant', 'credential', 'generation', 'key', 'iv', 'pubSubAccessUri', 'sessionKey']) {
    expect(names, 'the test lost sight of one').toContain(name);
  }
  const { told, kept } = await left();
  expect(told).toContain('/device/{tenant}/relay');
  for (const [secret, name] of secrets) {
    expect(told.includes(secret), `${name} in a log or a metric`).toBe(false);
    // By its key a session is found, and it opens nothing by itself.
    if (name !== 'sessionKey') expect(kept.includes(secret), `${name} in a file`).toBe(false);
  }
});
