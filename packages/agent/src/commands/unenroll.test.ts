import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeDeviceFile } from '../device-file.ts';
import { newDeviceKey } from '../device-key.ts';
import { unenroll } from './enroll.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'remote-help-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** One at which nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

// DEV-36
it('destroys the key where the server cannot be told, and says so', async () => {
  const file = join(folder, 'device.json');
  const origin = `http://127.0.0.1:${await deadPort()}`;
  const names = { deviceId: 'd', tenantId: 't', audience: 'a', generation: 'g' };
  const signInEndpoint = `${origin}/device/t/token`;
  await writeDeviceFile(file, { enrolled: { ...names, signInEndpoint, privateKey: newDeviceKey() } });
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const terminal = { out: say, error: say, isInteractive: false, readInput: async () => '' };
  expect(await unenroll.run({ options: { file }, words: [] }, terminal)).toBe(0);
  expect(existsSync(file)).toBe(false);
  expect(said.join('\n')).toContain(`${origin} could not be told (${origin} cannot be reached.)`);
  expect(said.at(-1)).toContain('an admin deletes the device d');
});
