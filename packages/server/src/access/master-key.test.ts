import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { masterKeyFromFolder, masterKeyFromSettings } from './master-key.ts';

const TEXT = Buffer.alloc(32, 7).toString('base64');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'master-key-'));
});
afterEach(() => rm(folder, { recursive: true }));

// ID-30
describe('masterKeyFromFolder', () => {
  it('makes a 0600 file of 32 bytes once, in a folder that it makes too', async () => {
    const inner = join(folder, 'keys');
    const first = await masterKeyFromFolder(inner);
    const second = await masterKeyFromFolder(inner);
    expect(first.symmetricKeySize).toBe(32);
    expect(second.equals(first)).toBe(true);
    expect((await stat(join(inner, 'master.key'))).mode & 0o777).toBe(0o600);
    expect(await readdir(inner)).toEqual(['master.key']);
  });

  it('gives servers that start at once the same key', async () => {
    const opened = await Promise.all(Array.from({ length: 8 }, () => masterKeyFromFolder(folder)));
    expect(opened.every((key) => opened[0] !== undefined && key.equals(opened[0]))).toBe(true);
    expect(await readdir(folder)).toEqual(['master.key']);
  });

  it.each([0o640, 0o604, 0o660])('refuses mode %o and says what to do', async (mode) => {
    await masterKeyFromFolder(folder);
    await chmod(join(folder, 'master.key'), mode);
    await expect(masterKeyFromFolder(folder)).rejects.toThrow(`chmod 600 ${join(folder, 'master.key')}`);
  });

  it('refuses a file that holds no key, and leaves it alone', async () => {
    const path = join(folder, 'master.key');
    await writeFile(path, 'short\n', { mode: 0o600 });
    await expect(masterKeyFromFolder(folder)).rejects.toThrow('exactly 32 bytes');
    expect(await readFile(path, 'utf8')).toBe('short\n');
  });
});

// ID-30
describe('masterKeyFromSettings', () => {
  it('reads the value, or the file with a line end', async () => {
    const file = join(folder, 'key');
    await writeFile(file, `${TEXT}\n`);
    const fromValue = await masterKeyFromSettings({ value: TEXT });
    expect(fromValue.export()).toEqual(Buffer.alloc(32, 7));
    expect((await masterKeyFromSettings({ file })).equals(fromValue)).toBe(true);
  });

  it.each(['', 'abc', `${TEXT}${TEXT}`, Buffer.alloc(31).toString('base64'), `!${TEXT.slice(1)}`])(
    'refuses %j, naming the setting and not the value',
    async (value) => {
      const refusal = masterKeyFromSettings({ value });
      await expect(refusal).rejects.toThrow(/^REMOTE_HELP_MASTER_KEY must hold/);
      if (value) await expect(refusal).rejects.not.toThrow(value);
    },
  );

  it('asks for one of the two settings, and for one only', async () => {
    await expect(masterKeyFromSettings({})).rejects.toThrow(/REMOTE_HELP_MASTER_KEY .*REMOTE_HELP_MASTER_KEY_FILE/);
    await expect(masterKeyFromSettings({ value: TEXT, file: 'x' })).rejects.toThrow('not both');
  });

  it('names the setting when the file cannot be read', async () => {
    await expect(masterKeyFromSettings({ file: join(folder, 'none') })).rejects.toThrow(/^REMOTE_HELP_MASTER_KEY_FILE/);
  });
});
