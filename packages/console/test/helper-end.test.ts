/** The helper's end against a whole service and an agent on a real desktop, each a process of its own. */
import { join } from 'node:path';
import { webCryptoPort } from '@open-remote-help/protocol/events';
import { webSocketPort } from '@open-remote-help/protocol/realtime';
import { binarySocketPort } from '@open-remote-help/protocol/relay';
import { startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { dataFolder, type Running, remoteHelp, type Started, serve, start } from '../../server/test/cli/process.ts';
import { systemClock } from '../src/clock.ts';
import { GraphClient } from '../src/graph/client.ts';
import { HelperEnd } from '../src/sessions/helper-end.ts';
import type { HelperState } from '../src/sessions/helper-state.ts';
import type { RelayChannel } from '../src/sessions/relay-channel.ts';
import { RelayLine } from '../src/sessions/relay-line.ts';
import { createSession, type SessionRecord, sessionServer } from '../src/sessions/session-server.ts';

const SCOPES = 'DeviceManagementManagedDevices.ReadWrite.All DeviceManagementServiceConfig.ReadWrite.All';

let desktop: XDesktop;
let remove: () => Promise<void>;
let service: Running;
let agent: Started;
let graph: GraphClient;
let end: HelperEnd | undefined;
let channel: RelayChannel | undefined;
beforeEach(async () => {
  [end, channel] = [undefined, undefined];
  const folder = await dataFolder();
  const { dataDir } = folder;
  remove = folder.remove;
  desktop = await startXDesktop();
  service = await serve(dataDir);
  const run = (...words: string[]) => remoteHelp(dataDir, [...words, '--server', service.http]);
  await run('session', 'enable');
  const file = join(dataDir, 'device.json');
  const enrolment = (await run('device', 'token')).stdout.trim();
  await run('device', 'enroll', '--token', enrolment, '--name', 'Front desk', '--file', file);
  agent = start(dataDir, ['device', 'run', '--file', file], { DISPLAY: desktop.display });
  await agent.says('This device is on');
  const token = (await remoteHelp(dataDir, ['token', '--scope', SCOPES])).stdout.trim();
  graph = new GraphClient({
    baseUrl: `${service.http}/beta/`,
    tokens: { accessToken: async () => token, refused: () => undefined },
  });
});
afterEach(async () => {
  end?.close();
  agent.kill('SIGKILL');
  await agent.end;
  await service.stop();
  await desktop.close();
  await remove();
});

async function helps(): Promise<HelperEnd> {
  const { items } = await graph.list<{ readonly id: string }>('deviceManagement/managedDevices');
  const request = {
    deviceId: items[0]?.id ?? '',
    sessionType: 'takeFullControl',
    reason: 'Printer',
    ticket: '',
  } as const;
  const { id } = await createSession(graph, request, 'request-1');
  end = new HelperEnd(await graph.get<SessionRecord>(`remoteHelp/sessions/${id}`), {
    server: sessionServer(graph, () => graph.now()),
    crypto: webCryptoPort(globalThis.crypto),
    openSocket: webSocketPort(globalThis.WebSocket),
    timers: systemClock,
    newId: () => globalThis.crypto.randomUUID(),
    known: { keyOf: () => undefined, remember: () => undefined },
    userId: '',
    line: (host) =>
      new RelayLine({
        ...host,
        openSocket: binarySocketPort(globalThis.WebSocket),
        sourceOf: (made) => {
          channel = made;
          return { attach: () => Promise.reject(new Error('Nothing is drawn here.')) as never };
        },
      }),
  });
  end.start();
  return end;
}

/** Settles when the state is so. */
async function becomes(helping: HelperEnd, isSo: (state: HelperState) => boolean): Promise<HelperState> {
  for (;;) {
    if (isSo(helping.state)) return helping.state;
    await new Promise<void>((resolve) => {
      const stop = helping.subscribe(() => {
        stop();
        resolve();
      });
    });
  }
}

it('waits, is let in, sees, talks, extends and ends, as the person at the device sees it', async () => {
  const helping = await helps();
  await becomes(helping, ({ stage }) => stage.kind === 'waiting');
  await agent.says('Printer');
  agent.type('a');
  const { assurance } = await becomes(helping, ({ assurance: sealed }) => sealed !== undefined);
  const digits = assurance?.kind === 'endToEnd' ? assurance.digits : '';
  await agent.says(`Six digits: ${digits.slice(0, 3)} ${digits.slice(3)}`);

  const { picture } = await becomes(helping, (state) => state.picture.kind === 'live');
  expect(picture).toMatchObject({ way: 'relayed', screen: null, frozen: undefined });
  const banner = await new Promise<string>((resolve) => {
    if (channel) channel.onmessage = ({ data }) => resolve(new TextDecoder().decode(data));
  });
  expect(banner).toMatch(/^RFB 003\.00[378]\n/);
  await becomes(helping, ({ holdsInput }) => holdsInput);
  expect(helping.state.allowance.grants.control).toBe(true);

  await helping.say('Good morning');
  await agent.says('Good morning');
  agent.type('and to you');
  await becomes(helping, ({ chat }) => chat.some(({ text }) => text === 'and to you'));

  const before = helping.state.expiresAt;
  await helping.extend();
  expect(helping.state.expiresAt).toBeGreaterThanOrEqual(before);
  await becomes(helping, ({ news }) => news?.kind === 'extended');

  await helping.end();
  expect(helping.state.stage).toMatchObject({ kind: 'over', reason: 'endedByHelper' });
  await agent.says('The session is over');
});

it('is told when the person at the device says no', async () => {
  const helping = await helps();
  await becomes(helping, ({ stage }) => stage.kind === 'waiting');
  await agent.says('No answer within');
  agent.type('');
  const { stage } = await becomes(helping, (state) => state.stage.kind === 'over');
  expect(stage).toMatchObject({ reason: 'declined' });
});
