/** What an operator does later: back up, restore, rotate keys, stop; and what must never leak meanwhile. */
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findUser } from '../../src/access/accounts.ts';
import { setUpSecondFactor } from '../../src/access/second-factor.ts';
import { openTenant } from '../../src/access/tenants.ts';
import { newTotpSecret, totpCode, totpStepAt } from '../../src/access/totp.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { openData } from '../../src/data.ts';
import { ask, dataFolder, remoteHelp, serve } from './process.ts';

const SCOPE = 'DeviceManagementServiceConfig.ReadWrite.All';
const SET = '/beta/ExtendRemoteHelpSessionResponse';
const RECORD = {
  sessionKey: 'kept',
  acsHelperUserToken: 'canary-token-7f3a',
  pubSubHelperAccessUri: 'wss://canary-uri-7f3a',
  sessionExpirationDateTime: '2030-01-01T00:00:00Z',
};
let dataDir: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ dataDir, remove } = await dataFolder());
});
afterEach(() => remove());

async function token(folder = dataDir): Promise<string> {
  return (await remoteHelp(folder, ['token', '--scope', SCOPE])).stdout.trim();
}

describe('backup and restore', () => {
  it('copies a running database; the copy serves elsewhere with its master key', async () => {
    const running = await serve(dataDir);
    const bearer = await token();
    const { id } = (await ask(`${running.http}${SET}`, bearer, { method: 'POST', body: RECORD })).body;
    const backup = join(dataDir, 'backup.sqlite');
    expect(await remoteHelp(dataDir, ['backup', backup])).toMatchObject({ code: 0, stdout: '' });
    expect((await remoteHelp(dataDir, ['backup', backup])).stderr).toContain('exists already');
    await ask(`${running.http}${SET}/${id}`, bearer, { method: 'DELETE' });
    expect((await remoteHelp(dataDir, ['restore', backup])).stderr).toContain('Stop it');
    await running.stop();

    const elsewhere = await dataFolder();
    expect((await remoteHelp(elsewhere.dataDir, ['restore', backup])).stderr).toContain('master.key');
    await copyFile(join(dataDir, 'master.key'), join(elsewhere.dataDir, 'master.key'));
    expect(await remoteHelp(elsewhere.dataDir, ['restore', backup])).toMatchObject({ code: 0 });
    const restored = await serve(elsewhere.dataDir);
    expect((await ask(`${restored.http}${SET}/${id}`, bearer)).body).toMatchObject(RECORD);
    await restored.stop();
    await elsewhere.remove();
  });

  it('refuses what is damaged, foreign or of another master key, and leaves the database as it was', async () => {
    const bearer = await token();
    const backup = join(dataDir, 'backup.sqlite');
    await remoteHelp(dataDir, ['backup', backup]);
    const damaged = join(dataDir, 'damaged.sqlite');
    await copyFile(backup, damaged);
    await truncate(damaged, 20_000);
    const foreign = join(dataDir, 'foreign.sqlite');
    await writeFile(foreign, 'no database');
    for (const [file, text] of [
      [damaged, 'damaged'],
      [foreign, 'no backup'],
      [join(dataDir, 'none'), 'no such'],
    ] as const) {
      const { code, stderr } = await remoteHelp(dataDir, ['restore', file]);
      expect({ code, says: stderr.includes(text) }).toEqual({ code: 1, says: true });
    }
    const other = await dataFolder();
    await token(other.dataDir);
    expect((await remoteHelp(other.dataDir, ['restore', backup])).code).toBe(1);
    expect((await readdir(other.dataDir)).filter((name) => name.includes('restor'))).toEqual([]);
    await other.remove();
    const running = await serve(dataDir);
    expect((await ask(`${running.http}${SET}`, bearer)).status).toBe(200);
    await running.stop();
  });

  it('keeps the former database aside', async () => {
    await token();
    const backup = join(dataDir, 'backup.sqlite');
    await remoteHelp(dataDir, ['backup', backup]);
    expect((await remoteHelp(dataDir, ['restore', backup])).stderr).toContain('remote-help.sqlite.before-restore-1');
    expect((await remoteHelp(dataDir, ['restore', backup])).stderr).toContain('remote-help.sqlite.before-restore-2');
  });
});

describe('keys rotate', () => {
  it('is taken over by a running server: old secrets open, new ones too, revoked tokens die', async () => {
    const running = await serve(dataDir);
    const before = await token();
    const { id } = (await ask(`${running.http}${SET}`, before, { method: 'POST', body: RECORD })).body;
    expect(await remoteHelp(dataDir, ['keys', 'rotate', '--revoke-old'])).toMatchObject({ code: 0, stdout: '' });
    const after = await token();
    expect((await ask(`${running.http}${SET}/${id}`, after)).body).toMatchObject(RECORD);
    await expect.poll(async () => (await ask(`${running.http}${SET}/${id}`, before)).status).toBe(401);
    const patched = await ask(`${running.http}${SET}/${id}`, after, {
      method: 'PATCH',
      body: { acsHelperUserToken: 'anew' },
    });
    expect(patched.body.acsHelperUserToken).toBe('anew');
    const reader = (await remoteHelp(dataDir, ['token', '--scope', 'DeviceManagementApps.Read.All'])).stdout;
    const events = await ask(
      `${running.http}/beta/deviceManagement/auditEvents?$filter=activityType eq 'revokeKey'`,
      reader,
    );
    expect(events.body.value).toHaveLength(1);
    await running.stop();
  });
});

// ID-26
describe('user disable', () => {
  it('shuts an account out until it is enabled again, and each is on record', async () => {
    const name = 'ada@example.org';
    const mint = () => remoteHelp(dataDir, ['token', '--scope', 'DeviceManagementApps.Read.All', '--user', name]);
    await remoteHelp(dataDir, ['user', 'add', name]);
    expect(await remoteHelp(dataDir, ['user', 'disable', name])).toEqual({
      code: 0,
      stdout: '',
      stderr: `Disabled ${name}.\n`,
    });
    expect((await remoteHelp(dataDir, ['user', 'list'])).stdout).toMatch(/^ada@example\.org .* disabled /m);
    expect(await mint()).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('disabled') });
    expect(await remoteHelp(dataDir, ['user', 'enable', name])).toMatchObject({
      code: 0,
      stderr: `Enabled ${name}.\n`,
    });
    const running = await serve(dataDir);
    // A token tells when it was made in whole seconds: one of the second in which the account was disabled is none.
    const found = await vi.waitUntil(
      async () => {
        const { status, body } = await ask(
          `${running.http}/beta/deviceManagement/auditEvents?$search=User`,
          (await mint()).stdout,
        );
        return status === 200 && body;
      },
      { timeout: 5_000 },
    );
    const types = found.value.map(({ activityType }: { activityType: string }) => activityType);
    expect(types).toEqual(expect.arrayContaining(['disableUser', 'enableUser']));
    await running.stop();
  });

  it('explains itself, and refuses what is no account', async () => {
    for (const command of ['disable', 'enable', 'totp']) {
      const help = await remoteHelp(dataDir, ['user', command, '--help']);
      expect(help).toMatchObject({
        code: 0,
        stdout: expect.stringContaining(`remote-help user ${command} NAME@DOMAIN`),
      });
      expect((await remoteHelp(dataDir, ['user', command])).code).toBe(2);
      expect((await remoteHelp(dataDir, ['user', command, 'nobody@example.org'])).code).toBe(1);
    }
  });
});

/** What the sign-in pages do. */
async function setUpFactor(nameOrId: string): Promise<void> {
  const data = await openData(readConfig({ REMOTE_HELP_DATA_DIR: dataDir }));
  const identity = { ...data, clock: systemClock };
  const { id: tenantId } = await openTenant(identity);
  const user = await findUser(data.store, { tenantId, nameOrId });
  if (!user) throw new Error('There is no such user.');
  const secret = newTotpSecret();
  const code = totpCode(secret, totpStepAt(systemClock.now()));
  await setUpSecondFactor(identity, { tenantId, user, secret, code, replaces: undefined, ipAddress: undefined });
  await data.store.close();
}

// ID-51
describe('user totp', () => {
  it('tells whether there is a second factor, and forgets it', async () => {
    const name = 'ada@example.org';
    await remoteHelp(dataDir, ['user', 'add', name]);
    expect(await remoteHelp(dataDir, ['user', 'totp', name])).toEqual({
      code: 0,
      stdout: 'no second factor\n',
      stderr: '',
    });
    expect(await remoteHelp(dataDir, ['user', 'totp', name, '--reset'])).toMatchObject({
      code: 0,
      stderr: `${name} has no second factor.\n`,
    });
    await setUpFactor(name);
    expect((await remoteHelp(dataDir, ['user', 'totp', name])).stdout).toMatch(
      /^set up \d{4}-\d\d-\d\dT\S+Z, 10 recovery codes left\n$/,
    );
    expect(await remoteHelp(dataDir, ['user', 'totp', name, '--reset'])).toMatchObject({
      code: 0,
      stderr: `Reset the second factor of ${name}.\n`,
    });
    expect((await remoteHelp(dataDir, ['user', 'totp', name])).stdout).toBe('no second factor\n');
  });
});

describe('secrets', () => {
  it('are in no log line, no metric and no file', async () => {
    const running = await serve(dataDir, { REMOTE_HELP_LOG_LEVEL: 'trace' });
    const bearer = await token();
    const { id } = (await ask(`${running.http}${SET}`, bearer, { method: 'POST', body: RECORD })).body;
    await ask(`${running.http}${SET}/${id}`, bearer, { method: 'PATCH', body: RECORD });
    await ask(`${running.http}${SET}(sessionKey='canary-key-7f3a')?$filter=sessionKey eq 'canary-query-7f3a'`, bearer);
    await ask(`${running.http}${SET}/${id}`, bearer, {
      method: 'PATCH',
      body: { ...RECORD, acsHelperUserToken: 7, x: 'canary-bad-7f3a' },
    });
    const metrics = await (await fetch(running.metrics)).text();
    expect(metrics).toContain('route="/beta/ExtendRemoteHelpSessionResponse/{id}"');
    const { stdout, stderr } = await running.stop();
    expect(stdout).toContain('"route":"/beta/ExtendRemoteHelpSessionResponse/{id}"');
    const files = await Promise.all(
      (await readdir(dataDir)).map(async (name) => readFile(join(dataDir, name), 'latin1')),
    );
    for (const text of [stdout, stderr, metrics, ...files]) {
      expect(text).not.toMatch(/canary-(token|uri|query|bad)/);
      expect(text).not.toContain(bearer.split('.')[2]);
    }
    expect(stdout + stderr + metrics).not.toContain('7f3a');
  });
});

describe('a stop', () => {
  it('answers what it has accepted and leaves a database that opens', async () => {
    const running = await serve(dataDir);
    const bearer = await token();
    const answers = Array.from({ length: 200 }, (_, i) =>
      ask(`${running.http}${SET}`, bearer, { method: 'POST', body: { ...RECORD, sessionKey: `stop ${i}` } }).then(
        ({ status }) => status,
        () => 0,
      ),
    );
    await answers[0];
    const { code } = await running.stop();
    const created = (await Promise.all(answers)).filter((status) => status === 201).length;
    expect(code).toBe(0);
    expect(created).toBeGreaterThan(0);
    const again = await serve(dataDir);
    const { body } = await ask(`${again.http}${SET}?$count=true&$top=1`, bearer);
    // Acknowledged ones are all there; one whose answer was cut off may be.
    expect(body['@odata.count']).toBeGreaterThanOrEqual(created);
    await again.stop();
  });
});

describe('the data folder', () => {
  it('is refused when others may read the master key', async () => {
    await mkdir(dataDir, { recursive: true });
    await writeFile(join(dataDir, 'master.key'), `${Buffer.alloc(32).toString('base64')}\n`, { mode: 0o644 });
    const { code, stderr } = await remoteHelp(dataDir, ['serve']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^\S.*chmod 600 .*\n$/);
  });

  it('is refused when it is a file, in one line that names the setting', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    const { code, stderr } = await remoteHelp(file, ['serve']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^REMOTE_HELP_DATA_DIR: .*\n$/) });
  });

  it('is refused with another master key, in one line', async () => {
    await token();
    await writeFile(join(dataDir, 'master.key'), `${Buffer.alloc(32, 1).toString('base64')}\n`, { mode: 0o600 });
    const { code, stderr } = await remoteHelp(dataDir, ['serve']);
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(stderr).toContain('master key');
  });
});
