/** `remote-help device …`: a token for a device, and a device in a terminal. What the device does is the agent's. */
import { resolve } from 'node:path';
import type { DeviceError, DeviceSettings } from '@open-remote-help/agent';
import { foreign } from '@open-remote-help/agent/terminal';
import { OperatorError } from '../errors.ts';
import { type Arguments, type Command, type Option, textOf, UsageError } from './command.ts';
import { SERVICE_OPTIONS, serviceClient } from './service-client.ts';

const FILE_OPTION: Readonly<Record<'file', Option>> = {
  file: { value: 'PATH', doc: "Where the device's key lies; ~/.open-remote-help/device.json when left out." },
};

export const commands: readonly Command[] = [
  {
    name: 'device token',
    summary: 'Prints a token with which one device enrols, within a day.',
    options: {
      name: { value: 'NAME', doc: 'The name that the device gets, whatever it calls itself.' },
      device: { value: 'ID', doc: 'The device that enrols anew: one that was parked, or lost its key.' },
      ...SERVICE_OPTIONS,
    },
    run: async (args, terminal) => {
      const [deviceName, managedDeviceId] = [textOf(args, 'name'), textOf(args, 'device')];
      const { token } = await serviceClient(args).post('remoteHelp/enrollmentTokens', {
        ...(deviceName === undefined ? {} : { deviceName }),
        ...(managedDeviceId === undefined ? {} : { managedDeviceId }),
      });
      terminal.out(foreign(token));
      return 0;
    },
  },
  {
    name: 'device enroll',
    summary: 'Makes this machine a device of the service, with a key of its own.',
    options: {
      server: { value: 'URL', doc: 'Where the service is; https, or this machine.' },
      token: { value: 'TOKEN', doc: 'An enrolment token: `remote-help device token` prints one.' },
      name: { value: 'NAME', doc: "What the device is called; the machine's name when left out." },
      ...FILE_OPTION,
    },
    run: async (args, terminal) => {
      const [server, token, name] = ['server', 'token', 'name'].map((option) => textOf(args, option));
      if (server === undefined || token === undefined) throw new UsageError('Give --server and --token.');
      const { enrollDevice, DEFAULT_DEVICE_FILE } = await import('@open-remote-help/agent/terminal');
      const file = fileOf(args) ?? DEFAULT_DEVICE_FILE;
      const deviceId = await asOperator(enrollDevice({ file, server, token, ...(name === undefined ? {} : { name }) }));
      terminal.error(`Enrolled as ${deviceId}. The key is in ${file}.`);
      terminal.error(`Switch the device on: remote-help device run${fileOf(args) ? ` --file ${file}` : ''}`);
      return 0;
    },
  },
  {
    name: 'device run',
    summary:
      'Switches the device on: shows who asks for help, asks you, and takes part in the session. The answer is no unless you say yes.',
    options: {
      'view-only': { doc: 'Never let anybody control this device, or share its clipboard.' },
      unattended: { doc: 'Let helpers in with nobody here, after 30 seconds in which anybody may decline.' },
      'answer-within': {
        value: 'SECONDS',
        doc: 'Decline what is not answered for so long; the server waits 5 minutes.',
      },
      ...FILE_OPTION,
    },
    run: runDeviceCommand,
  },
];

async function runDeviceCommand(args: Arguments): Promise<number> {
  const settings = await settingsOf(args);
  const { runDevice, DEFAULT_DEVICE_FILE } = await import('@open-remote-help/agent/terminal');
  const { stdin: input, stdout: output } = process;
  const isInteractive = input.isTTY === true && output.isTTY === true;
  const streams = { input, output, isInteractive };
  const run = runDevice(fileOf(args) ?? DEFAULT_DEVICE_FILE, settings, streams, ({ interrupt, switchOff }) => {
    process.on('SIGINT', interrupt);
    process.on('SIGTERM', switchOff);
  });
  await asOperator(run);
  return 0;
}

async function settingsOf(args: Arguments): Promise<DeviceSettings> {
  const { EVERYTHING, VIEW_ALONE } = await import('@open-remote-help/agent');
  const within = textOf(args, 'answer-within');
  if (within !== undefined && !/^[1-9]\d{0,5}$/.test(within)) {
    throw new UsageError('--answer-within takes a whole number of seconds.');
  }
  return {
    isUnattendedAllowed: args.options.unattended === true,
    ceiling: args.options['view-only'] ? VIEW_ALONE : EVERYTHING,
    ...(within === undefined ? {} : { answerWithinMs: Number(within) * 1_000 }),
  };
}

function fileOf(args: Arguments): string | undefined {
  const file = textOf(args, 'file');
  return file === undefined ? undefined : resolve(file);
}

const WAYS_OUT: Partial<Record<DeviceError['code'], string>> = {
  notEnrolled: 'Enrol it: remote-help device enroll --server URL --token TOKEN.',
  parked: 'Ask for a new token (`remote-help device token --device ID`) and enrol it anew.',
};

/** What the agent refuses, with the way out. */
function asOperator<T>(work: Promise<T>): Promise<T> {
  return work.catch(async (error: unknown) => {
    const { DeviceError: AgentError } = await import('@open-remote-help/agent');
    if (!(error instanceof AgentError)) throw error;
    const message = [foreign(error.message), WAYS_OUT[error.code]].filter(Boolean).join(' ');
    throw new OperatorError(message, { cause: error });
  });
}
