import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockDeviceFile } from './device-lock.ts';

// DEV-25
it('a device file is held by one at a time, until it is released', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'device-lock-'));
  const [file, other] = [join(folder, 'device.json'), join(folder, 'other.json')];
  const first = lockDeviceFile(file);
  expect(() => lockDeviceFile(file)).toThrow(expect.objectContaining({ code: 'inUse' }));
  lockDeviceFile(other).release();
  first.release();
  lockDeviceFile(file).release();
  await rm(folder, { recursive: true });
});
