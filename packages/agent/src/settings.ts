/** What is set on the device itself. The same words are options of the command and members of the file. */
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DeviceSettings } from './device.ts';
import { DeviceError } from './device-error.ts';
import { readOwnFile, replaceOwnFile } from './device-file.ts';

/** Where the picture comes from: what the agent finds or starts by itself, or a VNC server that is there already. */
export type PictureSetting =
  | { readonly kind: 'auto' }
  | { readonly kind: 'vnc'; readonly host: string; readonly port: number; readonly passwordFile?: string }
  | { readonly kind: 'vnc'; readonly path: string; readonly passwordFile?: string };

export interface AgentSettings {
  /** Whether helpers may come in while nobody is there. */
  readonly unattended: boolean;
  readonly control: boolean;
  readonly clipboardToHelper: boolean;
  readonly clipboardToSharer: boolean;
  /** A session is over after so many minutes, whatever the server says. */
  readonly longestSessionMinutes: number;
  /** A question is declined after so many seconds; null: when the server takes it back. */
  readonly answerWithinSeconds: number | null;
  readonly picture: PictureSetting;
}

/** What each setting takes, and stands at. Names are those of options and of the file's members. */
export const SETTINGS = {
  unattended: {
    value: 'on|off',
    otherwise: 'off',
    doc: 'Let helpers in with nobody here, after 30 seconds of notice.',
  },
  control: { value: 'on|off', otherwise: 'on', doc: 'Whether anybody may ever control this device.' },
  'clipboard-to-helper': { value: 'on|off', otherwise: 'on', doc: 'Whether helpers may ever read its clipboard.' },
  'clipboard-to-sharer': { value: 'on|off', otherwise: 'on', doc: 'Whether helpers may ever fill its clipboard.' },
  'answer-within': { value: 'SECONDS|off', otherwise: 'off', doc: 'Decline what is not answered for so long.' },
  'longest-session': {
    value: 'MINUTES',
    otherwise: '480',
    doc: 'End a session after so long, to 1440, however often it is extended.',
  },
  picture: {
    value: 'auto|HOST:PORT|PATH',
    otherwise: 'auto',
    doc: 'Where the picture comes from: what is found here, or a VNC server at an address or a Unix socket.',
  },
  'picture-password-file': {
    value: 'PATH|none',
    otherwise: 'none',
    doc: "A file with that VNC server's password, readable by its owner alone.",
  },
} as const satisfies Record<string, { value: string; otherwise: string; doc: string }>;

export type SettingName = keyof typeof SETTINGS;
/** Settings as they are written: `{ "unattended": "on" }`. Those left out stand at their default. */
export type SettingTexts = Readonly<Partial<Record<SettingName, string>>>;

const MOST_MINUTES = 1_440;

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** A setting cannot be what it was set to; the message names it. */
export class SettingError extends Error {
  override readonly name = 'SettingError';
  readonly setting: string;

  constructor(setting: string, problem: string) {
    super(`${setting} ${problem}.`);
    this.setting = setting;
  }
}

/** @throws SettingError */
export function settingsOf(texts: SettingTexts): AgentSettings {
  const text = (name: SettingName): string => texts[name] ?? SETTINGS[name].otherwise;
  const flag = (name: SettingName): boolean => {
    if (text(name) !== 'on' && text(name) !== 'off') throw new SettingError(name, 'is either on or off');
    return text(name) === 'on';
  };
  return {
    unattended: flag('unattended'),
    control: flag('control'),
    clipboardToHelper: flag('clipboard-to-helper'),
    clipboardToSharer: flag('clipboard-to-sharer'),
    answerWithinSeconds: secondsOf(text('answer-within')),
    longestSessionMinutes: minutesOf(text('longest-session')),
    picture: pictureOf(text('picture'), text('picture-password-file')),
  };
}

function secondsOf(text: string): number | null {
  if (text === 'off') return null;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new SettingError('answer-within', 'takes a whole number of seconds, or off');
  return Number(text);
}

function minutesOf(text: string): number {
  const minutes = /^[1-9]\d{0,3}$/.test(text) ? Number(text) : Number.NaN;
  if (minutes <= MOST_MINUTES) return minutes;
  throw new SettingError('longest-session', `takes a whole number of minutes, from 1 to ${MOST_MINUTES}`);
}

function pictureOf(text: string, file: string): PictureSetting {
  if (file !== 'none' && !file.startsWith('/') && !/^[a-z]:[\\/]/i.test(file)) {
    throw new SettingError('picture-password-file', 'must be an absolute path, or none');
  }
  const password = file === 'none' ? {} : { passwordFile: file };
  if (text === 'auto') {
    if (file !== 'none') throw new SettingError('picture-password-file', 'needs a picture from a VNC server');
    return { kind: 'auto' };
  }
  if (text.startsWith('/')) return { kind: 'vnc', path: text, ...password };
  const address = /^(?:\[([\da-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(text);
  const port = Number(address?.[3]);
  if (!address || port < 1 || port > 65_535) {
    throw new SettingError('picture', 'takes auto, HOST:PORT with a port from 1 to 65535, or the path of a socket');
  }
  return { kind: 'vnc', host: address[1] ?? address[2] ?? '', port, ...password };
}

/** The device's own view of them. */
export function deviceSettingsOf(settings: AgentSettings): DeviceSettings {
  const { unattended, control, clipboardToHelper, clipboardToSharer, answerWithinSeconds } = settings;
  return {
    isUnattendedAllowed: unattended,
    ceiling: { view: true, control, clipboardToHelper, clipboardToSharer },
    longestSessionMs: settings.longestSessionMinutes * 60_000,
    ...(answerWithinSeconds === null ? {} : { answerWithinMs: answerWithinSeconds * 1_000 }),
  };
}

/**
 * What the file says; nothing when there is none.
 * @throws SettingError for a member that is unknown or wrong
 * @throws DeviceError `untrusted` when others may read it, or it is no JSON object
 */
export async function readSettingTexts(path: string): Promise<SettingTexts> {
  const text = await readOwnFile(path);
  if (text === undefined) return {};
  const read = jsonOf(text);
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new DeviceError('untrusted', `${path} holds no settings.`);
  }
  for (const [name, value] of Object.entries(read)) {
    if (!SETTING_NAMES.some((known) => known === name))
      throw new SettingError(name.slice(0, 80), `in ${path} is no setting`);
    if (typeof value !== 'string') throw new SettingError(name, `in ${path} must be a string`);
  }
  settingsOf(read as SettingTexts);
  return read as SettingTexts;
}

/** @returns what is set now. @throws SettingError, and nothing is written */
export async function changeSettings(path: string, changes: SettingTexts): Promise<SettingTexts> {
  const texts = { ...(await readSettingTexts(path)), ...changes };
  settingsOf(texts);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await replaceOwnFile(path, `${JSON.stringify(texts, undefined, 2)}\n`);
  return texts;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
