/** What all commands of the agent have in common: the device file, and what goes wrong with it. */
import { resolve } from 'node:path';
import { DEFAULT_DEVICE_FILE } from '../agent-files.ts';
import { DeviceError } from '../device-error.ts';
import { SettingError } from '../settings.ts';
import { foreign } from '../terminal/text.ts';
import { type Arguments, CommandError, type Option, textOf } from './command.ts';

export const FILE_OPTION: Readonly<Record<'file', Option>> = {
  file: { value: 'PATH', doc: "Where the device's key lies; ~/.open-remote-help/device.json when left out." },
};

export function fileOf(args: Arguments): string {
  const file = textOf(args, 'file');
  return file === undefined ? DEFAULT_DEVICE_FILE : resolve(file);
}

export function isDefaultFile(args: Arguments): boolean {
  return textOf(args, 'file') === undefined;
}

const WAYS_OUT: Partial<Record<DeviceError['code'], string>> = {
  notEnrolled: 'Enrol it: npx --no remote-help agent enroll --server URL --token TOKEN.',
  parked: 'Ask for a new token (`remote-help device token --device ID`) and enrol it anew.',
};

/** What the agent refuses, with the way out. */
export function asCommandError<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    if (error instanceof SettingError) throw new CommandError(foreign(error.message), { cause: error });
    if (!(error instanceof DeviceError)) throw error;
    const message = [foreign(error.message), WAYS_OUT[error.code]].filter(Boolean).join(' ');
    throw new CommandError(message, { cause: error });
  });
}
