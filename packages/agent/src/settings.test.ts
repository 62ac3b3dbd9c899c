import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  changeSettings,
  deviceSettingsOf,
  readSettingTexts,
  SETTINGS,
  type SettingTexts,
  settingsOf,
} from './settings.ts';
import { EVERYTHING } from './sharer.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'settings-'));
  file = join(folder, 'device.settings.json');
});
afterEach(() => rm(folder, { recursive: true }));

// DEV-32
describe('settings of a device', () => {
  it('let nobody in unattended, and set no ceiling, until they are changed', async () => {
    expect(await readSettingTexts(file)).toEqual({});
    expect(deviceSettingsOf(settingsOf({}))).toEqual({
      ...{ isUnattendedAllowed: false, ceiling: EVERYTHING, longestSessionMs: 8 * 3_600_000 },
    });
  });

  it('are what they were changed to, each by itself, in a file that its owner alone may read', async () => {
    await changeSettings(file, { unattended: 'on', control: 'off' });
    await changeSettings(file, { 'clipboard-to-helper': 'off', 'answer-within': '60', 'longest-session': '1440' });
    expect(deviceSettingsOf(settingsOf(await readSettingTexts(file)))).toEqual({
      isUnattendedAllowed: true,
      ceiling: { view: true, control: false, clipboardToHelper: false, clipboardToSharer: true },
      longestSessionMs: 24 * 3_600_000,
      answerWithinMs: 60_000,
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it.each<[SettingTexts, unknown]>([
    [{}, { kind: 'auto' }],
    [{ picture: '127.0.0.1:5900' }, { kind: 'vnc', host: '127.0.0.1', port: 5900 }],
    [{ picture: '[::1]:5901' }, { kind: 'vnc', host: '::1', port: 5901 }],
    [
      { picture: '/run/user/1000/vnc', 'picture-password-file': '/home/anna/vnc' },
      { kind: 'vnc', path: '/run/user/1000/vnc', passwordFile: '/home/anna/vnc' },
    ],
  ])('%j is a picture from there', (texts, picture) => expect(settingsOf(texts).picture).toEqual(picture));

  it.each<[SettingTexts]>([
    [{ unattended: 'yes' }],
    [{ control: '' }],
    [{ 'clipboard-to-helper': 'ON' }],
    [{ 'clipboard-to-sharer': 'true' }],
    [{ 'answer-within': '0' }],
    [{ 'answer-within': '1.5' }],
    ...['off', '0', '1441', '1e3', ''].map((text): [SettingTexts] => [{ 'longest-session': text }]),
    [{ picture: 'localhost' }],
    [{ picture: 'localhost:0' }],
    [{ picture: 'localhost:65536' }],
    [{ picture: '-oProxy=x:1 ' }],
    [{ 'picture-password-file': 'secret' }],
    [{ 'picture-password-file': '/secret' }],
  ])('%j is refused by name, and nothing is written', async (texts) => {
    const [name] = Object.keys(texts);
    await expect(changeSettings(file, texts)).rejects.toMatchObject({ name: 'SettingError', setting: name });
    expect(await readSettingTexts(file)).toEqual({});
  });

  it('of a file that is not sound are refused by name', async () => {
    const written = async (text: string, mode = 0o600) => {
      await writeFile(file, text);
      await chmod(file, mode);
      return readSettingTexts(file);
    };
    await expect(written('{"unatended":"on"}')).rejects.toThrow(`unatended in ${file} is no setting.`);
    await expect(written('{"unattended":true}')).rejects.toThrow(`unattended in ${file} must be a string.`);
    await expect(written('{"control":"maybe"}')).rejects.toThrow('control is either on or off.');
    for (const text of ['', '[]', 'null', '{']) {
      await expect(written(text)).rejects.toMatchObject({ code: 'untrusted' });
    }
    await expect(written('{"unattended":"on"}', 0o644)).rejects.toThrow('readable by its owner alone');
  });

  it('each have a default that is sound', async () => {
    const defaults = Object.fromEntries(Object.entries(SETTINGS).map(([name, { otherwise }]) => [name, otherwise]));
    expect(settingsOf(defaults)).toEqual(settingsOf({}));
    await changeSettings(file, defaults);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(defaults);
  });
});
