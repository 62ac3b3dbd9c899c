/** `remote-help agent enroll` and `unenroll`: makes this machine a device, and undoes it. */
import { mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { agentFiles } from '../agent-files.ts';
import { DeviceClient } from '../device-client.ts';
import { DeviceError } from '../device-error.ts';
import { readDeviceFile } from '../device-file.ts';
import { lockDeviceFile } from '../device-lock.ts';
import { DeviceServer } from '../device-server.ts';
import { machineFacts } from '../machine-facts.ts';
import { changeSettings } from '../settings.ts';
import { foreign } from '../terminal/text.ts';
import { type Command, CommandError, textOf, UsageError } from './command.ts';
import { asCommandError, FILE_OPTION, fileOf, isDefaultFile } from './device-option.ts';

const OWNER_ALONE = 0o700;

export const enroll: Command = {
  name: 'agent enroll',
  summary: 'Makes this machine a device of the service, with a key of its own.',
  options: {
    server: { value: 'URL', doc: 'Where the service is; https, or this machine.' },
    token: {
      value: 'TOKEN',
      doc: 'An enrolment token (`remote-help device token` prints one); - reads it from standard input.',
    },
    name: { value: 'NAME', doc: "What the device is called; the machine's name when left out." },
    ...FILE_OPTION,
  },
  run: async (args, terminal) => {
    const [server, given, name] = ['server', 'token', 'name'].map((option) => textOf(args, option));
    if (server === undefined || given === undefined) throw new UsageError('Give --server and --token.');
    const token = given === '-' ? (await terminal.readInput()).trim() : given;
    const file = fileOf(args);
    const { deviceId } = await asCommandError(enrollDevice(file, server, token, name));
    terminal.error(`Enrolled as ${deviceId}. The key is in ${file}.`);
    terminal.error(
      `Switch the device on: npx --no remote-help agent run${isDefaultFile(args) ? '' : ` --file ${file}`}`,
    );
    return 0;
  },
};

async function enrollDevice(file: string, server: string, token: string, name: string | undefined) {
  await mkdir(dirname(file), { recursive: true, mode: OWNER_ALONE });
  const lock = lockDeviceFile(file);
  try {
    return await new DeviceClient({ file }).enroll(server, token, await machineFacts(name));
  } finally {
    lock.release();
  }
}

export const unenroll: Command = {
  name: 'agent unenroll',
  summary: 'Destroys the key of this device: nobody can ask it for anything any more.',
  options: FILE_OPTION,
  run: async (args, terminal) => {
    const file = fileOf(args);
    const { enrolled } = await asCommandError(readDeviceFile(file));
    if (!enrolled) throw new CommandError('This device is not enrolled.');
    const problem = await asCommandError(forget(file));
    const server = foreign(new URL(enrolled.signInEndpoint).origin);
    terminal.out('The key is gone, and helpers can come in unattended no more. The history stays.');
    if (problem === undefined) terminal.out(`${server} knows that this device is enrolled no more.`);
    else {
      terminal.out(`${server} could not be told (${foreign(problem)}):`);
      terminal.out(`there an admin deletes the device ${foreign(enrolled.deviceId)}.`);
    }
    return 0;
  },
};

/** @returns why the server could not be told, which keeps nothing here */
async function forget(file: string): Promise<string | undefined> {
  const lock = lockDeviceFile(file);
  try {
    const problem = await sayGoodbye(file);
    await rm(file);
    await rm(agentFiles(file).session, { force: true });
    // Who enrols it next has not said that helpers may come in with nobody there.
    await changeSettings(agentFiles(file).settings, { unattended: 'off' });
    return problem;
  } finally {
    lock.release();
  }
}

async function sayGoodbye(file: string): Promise<string | undefined> {
  try {
    await new DeviceServer({ client: new DeviceClient({ file }) }).leave();
    return undefined;
  } catch (error) {
    if (error instanceof DeviceError) return error.message;
    throw error;
  }
}
