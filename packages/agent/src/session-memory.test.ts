import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RememberedSession, sessionFile } from './session-memory.ts';
import { VIEW_ALONE } from './sharer.ts';

const SESSION: RememberedSession = {
  sessionKey: 'rh_key',
  helpers: [{ userId: 'anna', name: 'Anna', mail: null, organization: 'Example Corp' }],
  grants: VIEW_ALONE,
  isUnattended: true,
  beganAt: 1_800_000_000_000,
  longestMs: 28_800_000,
};

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rh-test-'));
  path = join(folder, 'device.session.json');
});
afterEach(() => rm(folder, { recursive: true }));

// SCR-22
it('a session is noted for its owner alone, and forgotten', async () => {
  const memory = sessionFile(path);
  expect(await memory.read()).toBeUndefined();
  // The order of what is noted is that of the calls.
  await Promise.all([
    memory.write(undefined),
    memory.write({ ...SESSION, isUnattended: false }),
    memory.write(SESSION),
  ]);
  expect(await sessionFile(path).read()).toEqual(SESSION);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  await memory.write(undefined);
  expect([await memory.read(), await readdir(folder)]).toEqual([undefined, []]);
});

// SCR-22
it.each([
  '',
  '{',
  '{}',
  'null',
  '[]',
  '{"sessionKey":1}',
  '{"sessionKey":"k","helpers":[]}',
  '{"sessionKey":"k","helpers":[{"userId":"a"}]}',
])('nothing is granted by a file that holds %j', async (text) => {
  await writeFile(path, text, { mode: 0o600 });
  expect(await sessionFile(path).read()).toBeUndefined();
});

// SCR-22
it('what is not plainly granted is not granted', async () => {
  const grants = { view: true, control: 'true', clipboardToHelper: 1, other: true };
  await writeFile(path, JSON.stringify({ ...SESSION, grants }), { mode: 0o600 });
  expect((await sessionFile(path).read())?.grants).toEqual(VIEW_ALONE);
});
