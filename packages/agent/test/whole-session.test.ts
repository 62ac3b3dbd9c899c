/** A whole session: the service and the agent as processes, a real desktop, and a helper who sees it and types there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ask,
  dataFolder,
  type Running,
  remoteHelp,
  type Started,
  serve,
  start,
} from '../../server/test/cli/process.ts';
import { type BreakingProxy, startBreakingProxy } from '../../server/test/gateway/breaking-proxy.ts';
import { X11Clipboard } from '../src/clipboard/x11-clipboard.ts';
import { systemClock } from '../src/clock.ts';
import { HelperHand, type Look } from './helper-hand.ts';

const SCOPES = 'DeviceManagementManagedDevices.ReadWrite.All DeviceManagementServiceConfig.ReadWrite.All';

let desktop: XDesktop;
let dataDir: string;
let remove: () => Promise<void>;
let service: Running;
/** Between the agent and the service. */
let network: BreakingProxy;
let token: string;
let agents: Started[];
let helper: HelperHand | undefined;
beforeEach(async () => {
  agents = [];
  helper = undefined;
  desktop = await startXDesktop();
  ({ dataDir, remove } = await dataFolder());
  service = await serve(dataDir);
  await run('session', 'enable');
  token = (await remoteHelp(dataDir, ['token', '--scope', SCOPES])).stdout.trim();
  network = await startBreakingProxy(Number(new URL(service.http).port));
  const enrolment = (await run('device', 'token')).stdout.trim();
  const words = ['--token', enrolment, '--name', 'Front desk', '--file', deviceFile()];
  await remoteHelp(dataDir, ['device', 'enroll', ...words, '--server', `http://127.0.0.1:${network.port}`]);
});
afterEach(async () => {
  helper?.close();
  for (const agent of agents) agent.kill('SIGKILL');
  await Promise.all(agents.map(({ end }) => end));
  network.stop();
  await service.stop();
  await desktop.close();
  await remove();
});

const deviceFile = () => join(dataDir, 'device.json');
const run = (...words: string[]) => remoteHelp(dataDir, [...words, '--server', service.http]);

async function agent(): Promise<Started> {
  const agent = start(dataDir, ['device', 'run', '--file', deviceFile()], { DISPLAY: desktop.display });
  agents.push(agent);
  await agent.says('This device is on');
  return agent;
}

/** A session that the person at the device has accepted with this key. */
async function session(device: Started, answer: string): Promise<HelperHand> {
  const beta = `${service.http}/beta`;
  const { body: devices } = await ask(`${beta}/deviceManagement/managedDevices`, token);
  const deviceId = devices.value[0].id;
  const operation = `${beta}/deviceManagement/managedDevices/${deviceId}/createRemoteHelpSession`;
  const created = await ask(operation, token, { method: 'POST', body: { sessionType: 'takeFullControl' } });
  await device.says('asks to help you');
  device.type(answer);
  await device.says('The session is on');
  const { body: sessions } = await ask(`${beta}/remoteHelp/sessions`, token);
  const { id } = sessions.value[0];
  helper = new HelperHand(service.http, token, { id, sessionKey: created.body.sessionKey, deviceId });
  helper.start();
  return helper;
}

/** A terminal in which everything that is typed goes to a file. */
async function terminal(): Promise<() => string> {
  const file = join(dataDir, 'typed');
  desktop.start('xterm', '-geometry', '80x30+0+0', '-e', 'sh', '-c', `stty -echo; cat > ${file}`);
  const typed = () => readFileSync(file, 'utf8');
  await vi.waitFor(typed, 10_000);
  return typed;
}

async function seen({ viewer }: Look): Promise<void> {
  await viewer.ready;
  await viewer.until(() => viewer.updates > 0);
}

/** As a helper's end does it: a relay that is lost before it shows anything is opened anew. */
async function lookUntilSeen(hand: HelperHand): Promise<Look> {
  const look = await hand.look();
  const isSeen = await Promise.race([seen(look).then(() => true), look.closed.then(() => false)]);
  return isSeen ? look : lookUntilSeen(hand);
}

describe('a session with an agent', () => {
  // SCR-1, SCR-12, SCR-22, SCR-23
  it('is seen, typed in and copied in, and goes on when the agent is killed and started again', async () => {
    const first = await agent();
    const anna = await session(first, 'a');
    const typed = await terminal();
    const before = await anna.look();
    await seen(before);
    await first.says('sees this screen now');
    before.viewer.click(100, 100);
    before.viewer.type('before\n');
    await vi.waitFor(() => expect(typed()).toBe('before\n'), 10_000);
    expect(anna.heard).toContainEqual(expect.objectContaining({ event: 'rights', holdsInput: true }));
    const clipboard = await X11Clipboard.open(desktop.display, systemClock);
    await anna.send({ event: 'clipboard', text: 'from Anna' });
    await vi.waitFor(async () => expect(await clipboard.read()).toBe('from Anna'), 10_000);
    await clipboard.close();

    anna.expectPair();
    first.kill('SIGKILL');
    await before.closed;
    const second = await agent();
    await second.says('The session is on');
    expect(second.output()).not.toContain('asks to help you');
    const after = await anna.look();
    await seen(after);
    after.viewer.click(100, 100);
    after.viewer.type('after\n');
    await vi.waitFor(() => expect(typed()).toBe('before\nafter\n'), 10_000);

    second.type('s');
    expect(await after.closed).toMatch(/otherLeft|refused/);
    await second.says('The session is over');
  });

  // SCR-3
  it('goes on with a new relay after its network broke, without a question', async () => {
    const device = await agent();
    const anna = await session(device, 'a');
    const typed = await terminal();
    const before = await anna.look();
    await seen(before);
    network.cut();
    await before.closed;
    await device.says('The connection of the session is back');
    const after = await lookUntilSeen(anna);
    after.viewer.click(100, 100);
    after.viewer.type('after\n');
    await vi.waitFor(() => expect(typed()).toBe('after\n'), 10_000);
    expect(device.output().match(/asks to help you/g)).toHaveLength(1);
  });

  // SCR-1, SCR-12
  it('with view alone lets no key and no clipboard through', async () => {
    const device = await agent();
    const anna = await session(device, 'v');
    const typed = await terminal();
    const look = await anna.look();
    await seen(look);
    look.viewer.click(100, 100);
    look.viewer.type('not granted\n');
    // This end lets it go; the device does not take it.
    await anna.send({ event: 'clipboard', text: 'not granted' });
    await anna.send({ event: 'chat', id: '1', text: 'all that was sent before this is there' });
    await device.says('all that was sent before this is there');
    // What is drawn later was asked for behind the keys.
    const { updates } = look.viewer;
    desktop.start('xterm', '-geometry', '20x5+400+300');
    await look.viewer.until(() => look.viewer.updates > updates);
    expect(typed()).toBe('');
    const clipboard = await X11Clipboard.open(desktop.display, systemClock);
    expect(await clipboard.read()).toBe('');
    await clipboard.close();
  });
});
