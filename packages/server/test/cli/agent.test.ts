/** The agent as people run it: on a desktop, with dialogs, and moved by its own commands. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { dataFolder, type Finished, ROOT, type Running, remoteHelp, type Started, serve, start } from './process.ts';

const SETTINGS = { REMOTE_HELP_SESSION_PROMPTS_PER_HOUR: '60', REMOTE_HELP_SESSION_BACK_OFF_SECONDS: '1' };
const TITLE = 'Open Remote Help';

let desktop: XDesktop;
beforeAll(async () => {
  desktop = await startXDesktop(1280, 800);
});
afterAll(() => desktop?.close());

let dataDir: string;
let remove: () => Promise<void>;
let running: Running;
let started: Started[];
beforeEach(async () => {
  ({ dataDir, remove } = await dataFolder());
  started = [];
  running = await serve(dataDir, SETTINGS);
  await call('session', 'enable');
  const token = (await call('device', 'token')).stdout.trim();
  const enrolled = await agent('enroll', '--server', running.http, '--token', token, '--name', 'Front desk');
  expect(enrolled).toMatchObject({ code: 0, stdout: '' });
});
afterEach(async () => {
  for (const command of started) command.kill('SIGKILL');
  await Promise.all(started.map(({ end }) => end));
  await running.stop();
  await remove();
});

const file = () => join(dataDir, 'device.json');
const call = (...args: string[]): Promise<Finished> =>
  remoteHelp(dataDir, [...args, '--server', running.http], { settings: SETTINGS });
const agent = (command: string, ...args: string[]): Promise<Finished> =>
  remoteHelp(dataDir, ['agent', command, ...args, '--file', file()]);
const status = async () => JSON.parse((await agent('status', '--json')).stdout);

async function agentOn(...options: string[]): Promise<Started> {
  const words = ['agent', 'run', '--file', file(), ...options];
  const command = start(dataDir, words, { DISPLAY: desktop.display });
  started.push(command);
  await command.says('This device is on');
  return command;
}

function asks(...options: string[]): Started {
  const words = ['session', 'create', 'Front desk', '--type', 'takeFullControl', '--server', running.http, ...options];
  const command = start(dataDir, words, SETTINGS);
  started.push(command);
  return command;
}

/** Settles once a dialog is on the screen. */
const dialog = () => desktop.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', `^${TITLE}$`);
const press = (...keys: string[]) => desktop.run('xdotool', 'key', ...keys);
const dialogs = async () =>
  (await desktop.run('xdotool', 'search', '--onlyvisible', '--name', `^${TITLE}$`).catch(() => '')).trim();

/** A yes counts from a second on after the dialog was started, by the agent's own clock: nothing to wait for but that. */
const readForASecond = () =>
  new Promise<void>((resolve) => {
    systemClock.at(systemClock.now() + 1_000, resolve);
  });

describe('an agent on a desktop', () => {
  // DEV-26, DEV-30, DEV-31, DEV-29, DEV-33, DEV-35
  it('asks, shows who looks, lets rights be taken back, is stopped by a command, and remembers all of it', async () => {
    const device = await agentOn('--prompts', 'desktop');
    expect(await status()).toMatchObject({ agent: { isOnline: true, session: null, asked: null } });
    const helper = asks('--reason', 'Your printer', '--watch');
    await device.says('the question is on the screen');
    await dialog();
    expect(await status()).toMatchObject({ agent: { asked: 'First admin', session: null } });
    await readForASecond();
    await press('Tab', 'Tab', 'Tab', 'Return');
    await device.says('The session is on: First admin may see the screen and control it.');
    await helper.says('You are in.');
    const { agent: looking } = await status();
    expect(looking.session).toMatchObject({ helpers: ['First admin'], grants: { view: true, control: true } });
    expect((await agent('status')).stdout).toContain('First admin, since ');

    expect(await agent('narrow')).toMatchObject({ code: 0, stdout: 'Helpers may see the screen at most.\n' });
    await device.says('Helpers may see the screen.');
    expect((await status()).agent.session.grants).toMatchObject({ view: true, control: false });

    await dialog();
    expect(await agent('stop')).toMatchObject({ code: 0, stdout: 'Stopped: nobody sees this screen any more.\n' });
    await device.says('The session is over: stopped on the device.');
    expect((await status()).agent.session).toBeNull();
    await helper.end;

    const history = (await agent('history')).stdout;
    for (const text of [
      'First admin <admin@localhost> of Open Remote Help asked to see the screen, control it and share the clipboard, saying “Your printer”',
      'allowed First admin <admin@localhost> of Open Remote Help to see the screen and control it',
      'the session began: First admin',
      'helpers may see the screen from now on',
      'the session ended: stopped on the device',
    ]) {
      expect(history).toContain(text);
    }
  });

  // DEV-30, DEV-33
  it('takes Escape for a no, and a missing program as well', async () => {
    const device = await agentOn('--prompts', 'desktop');
    const helper = asks();
    await device.says('the question is on the screen');
    await dialog();
    await press('Escape');
    expect((await helper.end).code).toBe(3);
    expect((await agent('history', '--json')).stdout).toContain('"event":"declined"');
    device.kill('SIGTERM');
    await device.end;
    const missing = start(dataDir, ['agent', 'run', '--prompts', 'desktop', '--file', file()], {
      DISPLAY: '',
      PATH: '/nowhere',
    });
    started.push(missing);
    expect(await missing.end).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no desktop here') });
  });

  // DEV-36
  it('told to end, ends the session, clears the screen, and exits with 0', async () => {
    const device = await agentOn();
    const helper = asks('--watch');
    await device.says('the question is on the screen');
    await dialog();
    await readForASecond();
    await press('Tab', 'Tab', 'Return');
    await device.says('The session is on');
    await helper.says('You are in.');
    device.kill('SIGTERM');
    expect((await device.end).code).toBe(0);
    expect((await helper.end).stdout + helper.output()).toContain('stopped on the device');
    await expect.poll(dialogs).toBe('');
    expect((await agent('history')).stdout).toContain('the session ended: stopped on the device');
  });

  // DEV-33
  it('that is killed has what came before on disk, and goes on after a torn line', async () => {
    const device = await agentOn();
    asks();
    await device.says('the question is on the screen');
    device.kill('SIGKILL');
    await device.end;
    expect((await agent('history')).stdout).toContain('asked to see the screen');
    const log = join(dataDir, 'device.requests.jsonl');
    await writeFile(log, `${await readFile(log, 'utf8')}{"at":"20`);
    const again = await agentOn();
    await again.says('the question is on the screen');
    await dialog();
    await press('Return');
    await expect.poll(async () => (await agent('history')).stdout).toContain('declined');
    expect((await agent('history')).stderr).toBe('1 lines could not be read.\n');
  });
});

describe('the commands of an agent', () => {
  // DEV-35
  it('reach it by a socket of its owner’s: another user is refused, also where he can see it', async () => {
    await agentOn('--prompts', 'terminal');
    const socket = join(dataDir, 'device.sock');
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    await chmod(dataDir, 0o755);
    const script = `const s = require('node:net').connect(${JSON.stringify(socket)});
      s.on('connect', () => { console.log('connected'); s.end(); }).on('error', (e) => console.log(e.code));`;
    // Without the rights to become somebody else, whoever runs the tests is the owner, and is let in.
    const isRoot = process.getuid?.() === 0;
    const other = spawn(process.execPath, ['-e', script], {
      cwd: '/',
      ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
    });
    const [said] = await once(other.stdout.setEncoding('utf8'), 'data');
    expect(said).toBe(isRoot ? 'EACCES\n' : 'connected\n');
  });

  // DEV-32, DEV-27
  it('change what it may grant, from the next question on', async () => {
    const device = await agentOn('--prompts', 'terminal');
    expect(await agent('settings', '--control', 'off', '--clipboard-to-helper', 'off')).toMatchObject({ code: 0 });
    asks();
    await device.says('asks to help you: to see the screen and fill the clipboard.');
    expect(await agent('settings', '--control', 'maybe')).toMatchObject({
      ...{ code: 1, stdout: '', stderr: 'control is either on or off.\n' },
    });
  });

  // DEV-36
  it('destroy the key, not while it runs, leave unattended off, and tell the server', async () => {
    await agent('settings', '--unattended', 'on');
    const device = await agentOn('--prompts', 'terminal');
    expect(await agent('unenroll')).toMatchObject({ code: 1, stderr: expect.stringContaining('Stop it first') });
    device.kill('SIGTERM');
    expect((await device.end).code).toBe(0);
    expect(await agent('unenroll')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`${running.http} knows that this device is enrolled no more`),
    });
    expect(await status()).toMatchObject({ device: null, agent: null, settings: { unattended: 'off' } });
    expect(await agent('run')).toMatchObject({ code: 1, stderr: expect.stringContaining('remote-help agent enroll') });
  });

  // DEV-34
  it('tell the server what machine it is', async () => {
    const devices = await fetch(`${running.http}/beta/deviceManagement/managedDevices`, {
      headers: {
        authorization: `Bearer ${(await remoteHelp(dataDir, ['token', '--scope', 'DeviceManagementManagedDevices.Read.All'])).stdout.trim()}`,
      },
    });
    const { value } = (await devices.json()) as { value: { operatingSystem: string; osVersion: string }[] };
    expect(value).toMatchObject([
      { deviceName: 'Front desk', operatingSystem: expect.stringMatching(/^(Linux|macOS|Windows)$/) },
    ]);
    expect(value[0]?.osVersion).not.toBe('');
  });

  it('are there without the service as well', async () => {
    const command = join(ROOT, 'packages/agent/bin/remote-help-agent.js');
    const child = spawn(process.execPath, [command, 'status', '--file', file()]);
    const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
    expect(said).toContain(`at ${running.http}`);
  });
});
