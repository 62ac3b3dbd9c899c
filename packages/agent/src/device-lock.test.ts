import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
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

// DEV-25
it('its lock is nobody else’s to hold: also one of an earlier version', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'device-lock-'));
  const file = join(folder, 'device.json');
  for (const _ of ['new', 'kept']) {
    lockDeviceFile(file).release();
    expect((await stat(`${file}.lock`)).mode & 0o777).toBe(0o600);
    await chmod(`${file}.lock`, 0o644);
  }
  await rm(folder, { recursive: true });
});
