/** Data folders that earlier releases wrote are served by this one, with every value and every secret. */
import { chmod, cp, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, dataFolder, remoteHelp, serve } from '../cli/process.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const SCOPES =
  'DeviceManagementConfiguration.ReadWrite.All DeviceManagementRBAC.ReadWrite.All DeviceManagementManagedDevices.ReadWrite.All';
const releases = await readdir(FIXTURES);

describe.each(releases)('data of release %s', (release) => {
  let dataDir: string;
  let remove: () => Promise<void>;
  beforeEach(async () => {
    ({ dataDir, remove } = await dataFolder());
    await cp(join(FIXTURES, release), dataDir, { recursive: true });
    await chmod(join(dataDir, 'master.key'), 0o600);
  });
  afterEach(() => remove());

  it('is all there and can be changed', async () => {
    const answers: { path: string; entity: Record<string, unknown> }[] = JSON.parse(
      await readFile(join(FIXTURES, release, 'answers.json'), 'utf8'),
    );
    expect(answers.length).toBeGreaterThan(0);
    const running = await serve(dataDir);
    const token = (await remoteHelp(dataDir, ['token', '--scope', SCOPES])).stdout;
    for (const { path, entity } of answers) {
      const { status, body } = await ask(`${running.http}/beta/${path}`, token);
      expect(status).toBe(200);
      expect(body).toMatchObject(entity);
    }
    const [first] = answers;
    const patched = await ask(`${running.http}/beta/${first?.path}`, token, {
      method: 'PATCH',
      body: { sessionKey: 'after the upgrade' },
    });
    expect(patched).toMatchObject({ status: 200, body: { sessionKey: 'after the upgrade' } });
    await running.stop();
  });
});

it('keeps at least the data of the first release', () => {
  expect(releases).toContain('0.1.0');
});
