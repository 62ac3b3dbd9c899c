/** `remote-help audit verify` on what a service wrote, and on what somebody changed behind its back. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ask, dataFolder, remoteHelp, serve } from './process.ts';

const SCOPE = 'DeviceManagementServiceConfig.ReadWrite.All';
const RECORD = {
  sessionKey: 'kept',
  acsHelperUserToken: 'token',
  pubSubHelperAccessUri: 'wss://example.org',
  sessionExpirationDateTime: '2030-01-01T00:00:00Z',
};
let dataDir: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ dataDir, remove } = await dataFolder());
});
afterEach(() => remove());

// SES-10
describe('audit verify', () => {
  it('finds the chain whole after a stop, and names a record that was altered and one that is gone', async () => {
    const running = await serve(dataDir);
    const token = (await remoteHelp(dataDir, ['token', '--scope', SCOPE])).stdout.trim();
    await ask(`${running.http}/beta/ExtendRemoteHelpSessionResponse`, token, { method: 'POST', body: RECORD });
    await running.stop();
    const whole = await remoteHelp(dataDir, ['audit', 'verify']);
    expect(whole.stdout).toMatch(/^default: \d+ records in the chain, which ends in [\w-]{43}\n$/);
    expect(whole.code).toBe(0);
    expect(await remoteHelp(dataDir, ['audit', 'verify', '--tenant', 'default'])).toEqual(whole);

    const db = new Database(join(dataDir, 'remote-help.sqlite'));
    const ids = db.prepare('SELECT id FROM auditEvents ORDER BY id').pluck().all() as string[];
    db.prepare("UPDATE auditEvents SET activityResult = 'Failure' WHERE id = ?").run(ids[0]);
    db.prepare('DELETE FROM auditEvents WHERE id = ?').run(ids[1]);
    db.close();
    const broken = await remoteHelp(dataDir, ['audit', 'verify']);
    expect(broken.code).toBe(1);
    expect(broken.stdout.split('\n').slice(1, -1)).toEqual([
      `  ${ids[0]} was altered after it was chained`,
      `  ${ids[1]} was chained and is gone`,
    ]);
  });
});
