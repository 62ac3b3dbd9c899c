/** What a person does first: start, paste two lines, look at the output. */
import { mkdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, dataFolder, remoteHelp, serve, shell } from './process.ts';

const SCOPE = 'DeviceManagementServiceConfig.ReadWrite.All';
let dataDir: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ dataDir, remove } = await dataFolder());
});
afterEach(() => remove());

/** Method, URL, body and the command that mints the token, out of a printed `curl` line. */
function readCurl(line: string) {
  return {
    method: /-X (\w+)/.exec(line)?.[1] ?? '',
    url: /(https?:\/\/[^\s"]+)/.exec(line)?.[1] ?? '',
    mint: /\$\((.*?)\)"/.exec(line)?.[1] ?? '',
    body: JSON.parse(/-d '(.*)'$/.exec(line)?.[1] ?? 'null'),
  };
}

describe('a first start', () => {
  it('prints two lines that create a record and PATCH it, and no token', async () => {
    const running = await serve(dataDir);
    const lines = running
      .output()
      .split('\n')
      .filter((line) => line.startsWith('curl '));
    expect(lines).toHaveLength(2);
    expect(running.output()).not.toMatch(/eyJ/);
    const answers = [];
    for (const { method, url, mint, body } of lines.map(readCurl)) {
      expect(mint).toContain('npx --no remote-help token --scope');
      const { code, stdout } = await shell(dataDir, mint);
      expect({ code, lines: stdout.trim().split('\n').length }).toEqual({ code: 0, lines: 1 });
      answers.push(await ask(url, stdout, { method, body }));
    }
    expect(answers.map(({ status }) => status)).toEqual([201, 200]);
    expect(answers[1]?.body).toMatchObject({
      id: answers[0]?.body.id,
      sessionKey: 'demo',
      sessionExpirationDateTime: '2030-12-31T23:59:57.5564522-08:00',
    });
    expect((await running.stop()).code).toBe(0);
  });

  // ID-22
  it("puts the first admin's password into a private file when nobody watches, once", async () => {
    const first = await serve(dataDir);
    expect(first.output()).toContain(`the password is in ${join(dataDir, 'first-admin-password')}`);
    expect((await stat(join(dataDir, 'first-admin-password'))).mode & 0o777).toBe(0o600);
    await first.stop();
    const second = await serve(dataDir);
    expect(second.output()).not.toContain('First admin');
    expect(second.output()).not.toContain('curl ');
    await second.stop();
  });

  it('whose password cannot be kept ends, and the next one makes another', async () => {
    const file = join(dataDir, 'first-admin-password');
    await mkdir(file);
    const ports = { REMOTE_HELP_PORT: '0', REMOTE_HELP_TLS_PORT: '0', REMOTE_HELP_METRICS_PORT: '0' };
    const failed = await remoteHelp(dataDir, ['serve'], { settings: ports });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(
      /^The first admin's password cannot be written to .*first-admin-password \(EISDIR\)\.\n$/,
    );
    await rmdir(file);
    const running = await serve(dataDir);
    expect(running.output()).toContain(`the password is in ${file}`);
    await running.stop();
  });

  it('keeps database, keys and certificate from other users of the machine', async () => {
    const running = await serve(dataDir);
    for (const file of ['master.key', 'tls.key', 'remote-help.sqlite', 'remote-help.sqlite-wal']) {
      expect([file, (await stat(join(dataDir, file))).mode & 0o077]).toEqual([file, 0]);
    }
    await running.stop();
  });
});

describe('remote-help token', () => {
  // ID-28
  it('prints one token and nothing else, with the server stopped or running, always for the same person', async () => {
    const stopped = await remoteHelp(dataDir, ['token', '--scope', SCOPE]);
    expect(stopped).toMatchObject({ code: 0, stderr: '' });
    const running = await serve(dataDir);
    const beside = await remoteHelp(dataDir, ['token', '--scope', SCOPE, '--expires', '5m']);
    const claims = [stopped, beside].map(({ stdout }) => {
      expect(stdout).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+\n$/);
      return JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString());
    });
    expect(claims[1]).toMatchObject({ oid: claims[0].oid, tid: claims[0].tid, scp: SCOPE });
    expect(claims[0].exp - claims[0].iat).toBe(3_600);
    expect(claims[1].exp - claims[1].iat).toBe(300);
    const list = `${running.http}/beta/ExtendRemoteHelpSessionResponse`;
    expect((await ask(list, stopped.stdout)).status).toBe(200);
    expect((await ask(list, beside.stdout)).status).toBe(200);
    const audit = await remoteHelp(dataDir, ['token', '--scope', 'DeviceManagementApps.Read.All']);
    const events = await ask(
      `${running.http}/beta/deviceManagement/auditEvents?$filter=activityType eq 'issueToken'`,
      audit.stdout,
    );
    expect(events.body.value).toHaveLength(3);
    await running.stop();
  });

  it('makes tenants that do not see each other, and application tokens', async () => {
    const running = await serve(dataDir);
    const [mine, theirs, role] = await Promise.all([
      remoteHelp(dataDir, ['token', '--scope', SCOPE]),
      remoteHelp(dataDir, ['token', '--scope', SCOPE, '--tenant', 'other']),
      remoteHelp(dataDir, ['token', '--role', SCOPE]),
    ]);
    const set = `${running.http}/beta/ExtendRemoteHelpSessionResponse`;
    const body = {
      sessionKey: 'k',
      acsHelperUserToken: 't',
      pubSubHelperAccessUri: 'u',
      sessionExpirationDateTime: '2030-01-01T00:00Z',
    };
    const created = await ask(set, mine.stdout, { method: 'POST', body });
    expect(created.status).toBe(201);
    expect((await ask(`${set}/${created.body.id}`, theirs.stdout)).status).toBe(404);
    expect((await ask(`${set}/${created.body.id}`, role.stdout)).status).toBe(200);
    await running.stop();
  });

  it.each([
    [['token'], 2, '--scope'],
    [['token', '--scope', 'A', '--role', 'B'], 2, 'either'],
    [['token', '--scope', 'A', 'B'], 2, 'quotes'],
    [['token', '--scope', 'A.Read', '--expires', 'soon'], 2, '--expires'],
    [['token', '--nope'], 2, '--nope'],
    [['tokens'], 2, '--help'],
    [['token', '--scope', SCOPE, '--user', 'nobody@x'], 1, 'nobody@x'],
  ])('%j ends with %i and says %s', async (args, code, text) => {
    const result = await remoteHelp(dataDir, args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(text);
  });
});

describe('remote-help', () => {
  it.each([
    'serve',
    'token',
    'app add',
    'app list',
    'app remove',
    'user add',
    'user list',
    'user remove',
    'user passwd',
    'keys rotate',
    'backup',
    'restore',
    'config',
    'version',
  ])('%s explains itself', async (name) => {
    const { code, stdout, stderr } = await remoteHelp(dataDir, [...name.split(' '), '--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`remote-help ${name}`);
  });

  it('stops at a setting that cannot be, and names it', async () => {
    const { code, stderr } = await remoteHelp(dataDir, ['serve'], { settings: { REMOTE_HELP_PORT: 'eighty' } });
    expect(code).toBe(1);
    expect(stderr).toBe('REMOTE_HELP_PORT must be a port from 0 to 65535, or off.\n');
  });

  it('names the setting of a port that is taken', async () => {
    const running = await serve(dataDir);
    const port = new URL(running.http).port;
    const other = await dataFolder();
    const { code, stderr } = await remoteHelp(other.dataDir, ['serve'], { settings: { REMOTE_HELP_PORT: port } });
    expect(code).toBe(1);
    expect(stderr).toContain(`REMOTE_HELP_PORT: port ${port}`);
    await other.remove();
    await running.stop();
  });
});
