/** Whole sessions on the command line: a service, a device and a helper, each a process of its own. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, toIsoText } from '../../src/clock.ts';
import { ask, dataFolder, type Finished, type Running, remoteHelp, type Started, serve, start } from './process.ts';

const SETTINGS = { REMOTE_HELP_SESSION_PROMPTS_PER_HOUR: '60', REMOTE_HELP_SESSION_BACK_OFF_SECONDS: '1' };
const SCOPES = 'DeviceManagementManagedDevices.ReadWrite.All DeviceManagementServiceConfig.ReadWrite.All';

let dataDir: string;
let remove: () => Promise<void>;
let running: Running;
let started: Started[];
beforeEach(async () => {
  ({ dataDir, remove } = await dataFolder());
  started = [];
  running = await serve(dataDir, SETTINGS);
  await run('session', 'enable');
});
afterEach(async () => {
  for (const command of started) command.kill('SIGKILL');
  await Promise.all(started.map(({ end }) => end));
  await running.stop();
  await remove();
});

const deviceFile = () => join(dataDir, 'device.json');

function run(...args: string[]): Promise<Finished> {
  return remoteHelp(dataDir, [...args, '--server', running.http], { settings: SETTINGS });
}

/** A command that goes on; `device run` needs no service to be named. */
function go(...args: string[]): Started {
  const words = args[0] === 'session' ? [...args, '--server', running.http] : args;
  const command = start(dataDir, words, SETTINGS);
  started.push(command);
  return command;
}

async function enrol(name = 'Front desk'): Promise<void> {
  const token = (await run('device', 'token')).stdout.trim();
  const enrolled = await run('device', 'enroll', '--token', token, '--name', name, '--file', deviceFile());
  expect(enrolled).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('remote-help agent run') });
}

async function deviceOn(...options: string[]): Promise<Started> {
  await enrol();
  const device = go('device', 'run', '--file', deviceFile(), ...options);
  await device.says('This device is on');
  return device;
}

const keyIn = (text: string) => /^rh_[\w-]{32}$/m.exec(text)?.[0] ?? '';

/** A session that was accepted and is watched. */
async function active(...options: string[]) {
  const device = await deviceOn(...options);
  const helper = go('session', 'create', 'front desk', '--type', 'takeFullControl', '--watch');
  await device.says('asks to help you');
  device.type('c');
  await device.says('is sealed');
  await helper.says('is sealed');
  return { device, helper, key: keyIn(helper.output()) };
}

async function bearer(...options: string[]): Promise<string> {
  return (await remoteHelp(dataDir, ['token', ...(options.length > 0 ? options : ['--scope', SCOPES])])).stdout.trim();
}

async function session(key: string) {
  return JSON.parse((await run('session', 'show', key, '--json')).stdout);
}

describe('a session on the command line', () => {
  // SES-1, SES-3, SES-6, EV-16
  it('is asked for, accepted, watched, talked in, extended and ended', async () => {
    const device = await deviceOn();
    const words = ['--type', 'takeFullControl', '--reason', 'Your printer', '--ticket', 'INC-7'];
    const create = go('session', 'create', 'FRONT desk', ...words);
    for (const text of [
      'First admin  <admin@localhost>',
      'control it',
      'nobody has checked',
      '“Your printer”',
      'INC-7',
    ]) {
      await device.says(text);
    }
    device.type('what?');
    await device.says('Type Enter, r, v, c or a.');
    device.type('c');
    await device.says('The session is on: First admin may see the screen and control it.');
    const created = await create.end;
    const key = keyIn(created.stdout);
    expect(created).toMatchObject({ code: 0, stdout: `${key}\n` });
    expect(created.stderr).toContain('you may see the screen and control it');

    const helper = go('session', 'watch', key);
    await helper.says('You are in.');
    await helper.says('Chat with Front desk is sealed');
    await device.says('Chat with First admin is sealed');
    const digits = (text: string) => /(?:see|digits:) (\d{3} \d{3})/.exec(text)?.[1];
    expect(digits(helper.output())).toMatch(/\d/);
    expect(digits(device.output())).toBe(digits(helper.output()));
    helper.type('Is it on?\u202e');
    await device.says('First admin: Is it on?\n');
    device.type('Yes.');
    await helper.says('Front desk: Yes.');

    expect(await run('session', 'extend', 'front desk')).toMatchObject({ code: 0, stderr: /^Extended: / });
    await Promise.all([helper.says('Extended: '), device.says('The session was extended')]);
    expect((await run('session', 'list')).stdout).toContain(key);
    expect(await run('session', 'end', key)).toMatchObject({ code: 0 });
    await device.says('The session is over: the helper ended it.');
    expect((await helper.end).stdout).toContain('The session is over: the helper ended it.');
    expect(await helper.end).toMatchObject({ code: 0, stderr: '' });
    expect(await session(key)).toMatchObject({ endReason: 'endedByHelper', extensions: 1, ticket: 'INC-7' });
    expect((await run('session', 'list')).stderr).toContain('There is no live session.');
    expect((await run('session', 'list', '--all')).stdout).toContain('ended: endedByHelper');
    device.kill('SIGINT');
    expect((await device.end).code).toBe(0);
  });

  // DEV-26
  it('is declined by an empty line, and by silence for as long as the device was told', async () => {
    const device = await deviceOn('--answer-within', '2');
    const first = go('session', 'create', 'Front desk');
    await device.says('asks to help you: to see the screen.');
    device.type('');
    expect(await first.end).toMatchObject({ code: 3, stderr: expect.stringContaining('declined on the device') });
    await expect.poll(async () => (await run('session', 'create', 'Front desk')).code, { timeout: 20_000 }).toBe(3);
    expect(device.output().match(/asks to help you/g)).toHaveLength(2);
  });

  // ST-5
  it('waits on when the helper does not, and is taken back by its end', async () => {
    const device = await deviceOn();
    const create = go('session', 'create', 'Front desk');
    await device.says('asks to help you');
    await create.says('rh_');
    create.kill('SIGINT');
    const { code, stdout, stderr } = await create.end;
    expect([code, stderr]).toEqual([130, expect.stringContaining(`session end ${stdout.trim()} takes it back`)]);
    expect((await run('session', 'list')).stdout).toMatch(/^requested .* to answer /m);
    expect((await run('session', 'end', stdout.trim())).code).toBe(0);
    await device.says('The request was taken back.');
    device.type('v');
    await device.says('Nobody is here to read it.');
    expect((await session(stdout.trim())).endReason).toBe('cancelled');
  });

  // DEV-27
  it('does not begin unattended where that was not switched on', async () => {
    const device = await deviceOn();
    const refused = await run('session', 'create', 'Front desk', '--type', 'unattended');
    expect(refused.code).toBe(3);
    await device.says('wanted to come in with nobody here: declined.');
  });

  // DEV-28
  it('is stopped on the device, by a word or by Ctrl+C', async () => {
    const { device, helper, key } = await active();
    device.type('s');
    await device.says('The session is over: stopped on the device.');
    expect((await helper.end).stdout).toContain('The session is over: stopped on the device.');
    expect((await session(key)).endReason).toBe('endedBySharer');

    const again = go('session', 'create', 'Front desk', '--watch');
    await device.says('asks to help you');
    device.type('v');
    await again.says('You are in.');
    device.kill('SIGINT');
    expect((await again.end).stdout).toContain('stopped on the device');
    device.kill('SIGTERM');
    expect((await device.end).code).toBe(0);
  });

  // SES-4
  it('expires for both when its lease is moved close', async () => {
    const { device, helper, key } = await active();
    const { id } = await session(key);
    const lease = `${running.http}/beta/ExtendRemoteHelpSessionResponse/${id}`;
    const body = { sessionExpirationDateTime: toIsoText(systemClock.now() + 2_000) };
    expect((await ask(lease, await bearer(), { method: 'PATCH', body })).status).toBe(200);
    await device.says('The session was extended: it ends in 0:0');
    await device.says('The session is over: its time was up.');
    expect((await helper.end).stdout).toContain('The session is over: its time was up.');
    expect(await session(key)).toMatchObject({ state: 'ended', endReason: 'expired' });
  });

  // SES-9, DEV-28
  it('goes on when the service is killed and started again', async () => {
    const { device, helper, key } = await active();
    await running.stop('SIGKILL');
    await Promise.all([device.says('broken'), helper.says('broken')]);
    running = await serve(dataDir, { ...SETTINGS, REMOTE_HELP_PORT: new URL(running.http).port });
    await Promise.all([device.says('is sealed'), helper.says('is sealed')]);
    helper.type('Still there?');
    await device.says('First admin: Still there?');
    expect(await run('session', 'end', key)).toMatchObject({ code: 0 });
    await device.says('the helper ended it');
    expect((await helper.end).code).toBe(0);
    expect((await session(key)).endReason).toBe('endedByHelper');
  });

  // SES-7, ST-14
  it('lets another helper in when the device does, over HTTPS too', async () => {
    const trusting = { ...SETTINGS, NODE_EXTRA_CA_CERTS: join(dataDir, 'tls.crt') };
    const over = (...args: string[]) =>
      remoteHelp(dataDir, [...args, '--server', running.https], { settings: trusting });
    const token = (await over('device', 'token', '--name', 'desk')).stdout.trim();
    expect(await over('device', 'enroll', '--token', token, '--file', deviceFile())).toMatchObject({ code: 0 });
    const device = start(dataDir, ['device', 'run', '--file', deviceFile()], trusting);
    started.push(device);
    const create = go('session', 'create', 'desk', '--watch');
    await device.says('asks to help you: to see the screen.');
    device.type('v');
    await create.says('is sealed');

    await remoteHelp(dataDir, ['user', 'add', 'ben@example.org', '--name', 'Ben', '--admin']);
    const asBen = ['--token', await bearer('--scope', SCOPES, '--user', 'ben@example.org')];
    const ben = start(dataDir, ['session', 'watch', 'desk', '--server', running.https, ...asBen], trusting);
    started.push(ben);
    await ben.says('The device has been asked');
    await device.says('Ben  <ben@example.org>');
    await device.says('wants to join the session');
    device.type('y');
    await ben.says('is sealed');
    await Promise.all([create.says('Ben is here.'), device.says('Chat with Ben is sealed')]);
    device.type('Hello to both.');
    await Promise.all([ben.says('desk: Hello to both.'), create.says('desk: Hello to both.')]);
    device.kill('SIGTERM');
    expect([(await device.end).code, (await ben.end).code, (await create.end).code]).toEqual([0, 0, 0]);
    expect((await session(keyIn(create.output()))).endReason).toBe('endedBySharer');
  });

  it('is watched from outside by who may not take part, and left without ending it', async () => {
    const { device, helper, key } = await active();
    const application = await bearer('--role', SCOPES);
    const outside = go('session', 'watch', key, '--token', application);
    await outside.says('watching from outside');
    helper.kill('SIGINT');
    expect(await helper.end).toMatchObject({ code: 0, stdout: expect.stringContaining('Left.') });
    await device.says('First admin has left.');
    expect((await session(key)).state).toBe('active');
    device.type('stop');
    expect((await outside.end).stdout).toContain('stopped on the device');
  });
});

describe('a device on the command line', () => {
  // DEV-25
  it('runs once: a second process on its file is refused, until the first has died', async () => {
    const first = await deviceOn();
    const second = await remoteHelp(dataDir, ['device', 'run', '--file', deviceFile()]);
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining('Another process runs the device') });
    first.kill('SIGKILL');
    await first.end;
    const third = go('device', 'run', '--file', deviceFile());
    await third.says('This device is on');
  });

  // DEV-17, DEV-18
  it('is found out when it was copied: both copies are refused, and say what to do', async () => {
    const first = await deviceOn();
    const copy = join(dataDir, 'copy.json');
    await copyFile(deviceFile(), copy);
    const second = go('device', 'run', '--file', copy);
    for (const { end } of [first, second]) {
      expect(await end).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('remote-help device token --device'),
      });
    }
  });

  it('says what to do when it is not enrolled, or the token is none', async () => {
    const unknown = await remoteHelp(dataDir, ['device', 'run', '--file', deviceFile()]);
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('remote-help agent enroll') });
    const refused = await run('device', 'enroll', '--token', 'none', '--file', deviceFile());
    expect(refused).toMatchObject({ code: 1, stderr: 'This is no enrolment token.\n' });
  });

  // DEV-26
  it('declines what nobody there can answer', async () => {
    const device = await deviceOn();
    device.closeInput();
    expect((await run('session', 'create', 'Front desk')).code).toBe(3);
    await device.says('Nobody can answer here: declined.');
  });
});

describe('what goes wrong on the command line', () => {
  it('is said with the way out', async () => {
    const wrong = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(...args);
      expect([args[1], code, stdout]).toEqual([args[1], 1, '']);
      return stderr;
    };
    expect(await wrong('session', 'create', 'nowhere')).toContain('remote-help device token');
    expect(await wrong('session', 'show', 'rh_none')).toContain('remote-help session list --all');
    expect(await wrong('session', 'list', '--token', 'none')).toContain('--token or REMOTE_HELP_TOKEN');
    const devices = `${running.http}/beta/deviceManagement/managedDevices`;
    const names = ['Twin', 'twin', 'Alone\u202e'];
    const ids = await Promise.all(
      names.map(
        async (deviceName) => (await ask(devices, await bearer(), { method: 'POST', body: { deviceName } })).body.id,
      ),
    );
    const ambiguous = await wrong('session', 'create', 'TWIN');
    expect(ambiguous).toContain(ids[0]);
    expect(ambiguous).toContain(ids[1]);
    await run('session', 'disable');
    expect(await wrong('session', 'create', ids[0])).toContain('remote-help session enable');
  });

  it('shows a token to nobody but this installation', async () => {
    const elsewhere = ['session', 'list', '--server', 'https://help.example.org'];
    const { code, stderr } = await remoteHelp(dataDir, elsewhere);
    expect([code, stderr]).toEqual([1, expect.stringContaining('Give one with --token or REMOTE_HELP_TOKEN')]);
    const clear = await remoteHelp(dataDir, ['session', 'list', '--server', 'http://help.example.org']);
    expect(clear.stderr).toContain('must be an https URL');
    const nobody = await remoteHelp(dataDir, ['session', 'list', '--server', 'http://127.0.0.1:9']);
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('Nobody answers at http://127.0.0.1:9.') });
  });
});
