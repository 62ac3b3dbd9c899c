import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOthers, readDeviceFile, writeDeviceFile } from './device-file.ts';
import { newDeviceKey } from './device-key.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'device-'));
  file = join(folder, 'device.json');
});
afterEach(() => rm(folder, { recursive: true }));

const content = () => ({ pending: { tokenHash: 'hash', privateKey: newDeviceKey() } });

// DEV-23
describe('the device file', () => {
  it('is empty where there is none', async () => expect(await readDeviceFile(file)).toEqual({}));

  it('reads back, for its owner alone, and leaves nothing beside it', async () => {
    const first = content();
    await writeDeviceFile(file, first);
    expect(await readDeviceFile(file)).toEqual(first);
    const second = content();
    await writeDeviceFile(file, second);
    expect(await readDeviceFile(file)).toEqual(second);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['device.json']);
  });

  it('stays as it was when a write broke off', async () => {
    const first = content();
    await writeDeviceFile(file, first);
    await writeFile(`${file}.new`, '{"enrol', { mode: 0o644 });
    expect(await readDeviceFile(file)).toEqual(first);
    await writeDeviceFile(file, content());
    expect(await readDeviceFile(file)).not.toEqual(first);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each([0o640, 0o604, 0o660])('is not believed with mode %o', async (mode) => {
    await writeDeviceFile(file, content());
    await chmod(file, mode);
    await expect(readDeviceFile(file)).rejects.toMatchObject({ code: 'untrusted' });
  });

  it('is not believed when it is somebody else’s', () => {
    expect(isOthers({ uid: 1_000, mode: 0o100600 }, 0o077, 1_000)).toBe(false);
    expect(isOthers({ uid: 1_000, mode: 0o100600 }, 0o077, 0)).toBe(true);
  });

  it.each([0o777, 0o1777, 0o770])(
    'is neither read nor written in a folder of mode %o, where others put files',
    async (mode) => {
      await writeDeviceFile(file, content());
      await chmod(folder, mode);
      await expect(readDeviceFile(file)).rejects.toMatchObject({ code: 'untrusted' });
      await expect(writeDeviceFile(file, content())).rejects.toMatchObject({ code: 'untrusted' });
      expect(await readdir(folder)).toEqual(['device.json']);
    },
  );

  it('is not written through a link that lies in its way', async () => {
    const other = join(folder, 'other');
    await writeFile(other, 'as it was', { mode: 0o644 });
    await symlink(other, `${file}.new`);
    await writeDeviceFile(file, content());
    expect([await readFile(other, 'utf8'), (await stat(other)).mode & 0o777]).toEqual(['as it was', 0o644]);
    expect((await lstat(file)).isFile()).toBe(true);
  });

  it('is not believed when it is no JSON', async () => {
    await writeFile(file, '', { mode: 0o600 });
    await expect(readDeviceFile(file)).rejects.toMatchObject({ code: 'untrusted' });
  });
});
