/** `remote-help agent status|stop|narrow|settings`: what is said to an agent that runs, and what it says. */
import { agentFiles } from '../agent-files.ts';
import { localTimeText } from '../clock.ts';
import { type AgentStatus, askAgent, type ControlRequest } from '../control.ts';
import { readDeviceFile } from '../device-file.ts';
import { changeSettings, readSettingTexts, SETTING_NAMES, SETTINGS, type SettingTexts } from '../settings.ts';
import { NOTHING } from '../sharer.ts';
import { foreign, grantsText } from '../terminal/text.ts';
import { type Arguments, type Command, CommandError, type Option, textOf, UsageError } from './command.ts';
import { asCommandError, FILE_OPTION, fileOf } from './device-option.ts';

const JSON_OPTION: Readonly<Record<'json', Option>> = { json: { doc: 'Print JSON, for programs.' } };

const ask = (args: Arguments, request: ControlRequest): Promise<AgentStatus | undefined> =>
  asCommandError(askAgent(agentFiles(fileOf(args)).control, request));

async function askRunning(args: Arguments, request: ControlRequest): Promise<AgentStatus> {
  const status = await ask(args, request);
  if (!status) throw new CommandError('No agent runs here: nobody can see anything.');
  return status;
}

export const statusCommand: Command = {
  name: 'agent status',
  summary: 'Says where this device is enrolled, whether it is connected, who looks, since when, and what is set.',
  options: { ...JSON_OPTION, ...FILE_OPTION },
  run: async (args, terminal) => {
    const file = fileOf(args);
    const { enrolled } = await asCommandError(readDeviceFile(file));
    const settings = settingsNow(await asCommandError(readSettingTexts(agentFiles(file).settings)));
    const agent = await ask(args, { command: 'status' });
    const device = enrolled
      ? { deviceId: enrolled.deviceId, tenantId: enrolled.tenantId, server: new URL(enrolled.signInEndpoint).origin }
      : null;
    if (args.options.json) terminal.out(JSON.stringify({ device, agent: agent ?? null, settings }));
    else for (const line of statusLines(device, agent, settings)) terminal.out(line);
    return 0;
  },
};

function statusLines(
  device: { readonly deviceId: string; readonly tenantId: string; readonly server: string } | null,
  agent: AgentStatus | undefined,
  settings: SettingTexts,
): string[] {
  const where = device
    ? `${foreign(device.deviceId)} at ${foreign(device.server)}, tenant ${foreign(device.tenantId)}`
    : 'not enrolled';
  const connected = agent?.isOnline ? 'connected' : 'not connected, trying';
  return [
    `Device    ${where}`,
    `Agent     ${agent ? `${connected}, on since ${localTimeText(agent.runsSince)}` : 'off'}`,
    `Session   ${sessionText(agent)}`,
    ...(agent?.asked == null ? [] : [`Asks now  ${foreign(agent.asked, 'somebody without a name')}`]),
    `Settings  ${SETTING_NAMES.map((name) => `${name} ${foreign(settings[name])}`).join(', ')}`,
  ];
}

function sessionText(agent: AgentStatus | undefined): string {
  if (!agent?.session) return 'none: nobody sees this screen';
  const { helpers, looking, since, expiresAt, grants } = agent.session;
  const textOf = (name: string) =>
    `${foreign(name, 'somebody without a name')}${looking.includes(name) ? ' (sees the screen now)' : ''}`;
  const who = helpers.map(textOf).join(', ') || 'nobody connected';
  return `${who}, since ${localTimeText(since)}, to ${localTimeText(expiresAt)} at the latest: may ${grantsText(grants)}`;
}

export const stopCommand: Command = {
  name: 'agent stop',
  summary: 'Ends the session that is on: at once, here.',
  options: FILE_OPTION,
  run: async (args, terminal) => {
    const { session } = await askRunning(args, { command: 'stop' });
    terminal.out(session ? 'Stopped: nobody sees this screen any more.' : 'There was no session.');
    return 0;
  },
};

const GRANTS = ['view', 'control', 'clipboardToHelper', 'clipboardToSharer'] as const;

export const narrowCommand: Command = {
  name: 'agent narrow',
  summary: 'Takes back what helpers may do, while the session goes on: all but seeing, if nothing else is said.',
  options: {
    keep: { value: 'GRANT', isRepeatable: true, doc: `What they keep, if they have it: ${GRANTS.join(', ')}.` },
    ...FILE_OPTION,
  },
  run: async (args, terminal) => {
    const named = (args.options.keep as readonly string[] | undefined) ?? ['view'];
    const unknown = named.find((name) => !GRANTS.some((grant) => grant === name));
    if (unknown !== undefined) throw new UsageError(`--keep takes ${GRANTS.join(', ')}.`);
    const keep = { ...NOTHING, ...Object.fromEntries(named.map((name) => [name, true])) };
    const { session } = await askRunning(args, { command: 'narrow', keep });
    terminal.out(session ? `Helpers may ${grantsText(keep)} at most.` : 'There is no session.');
    return 0;
  },
};

const SETTING_OPTIONS: Readonly<Record<string, Option>> = Object.fromEntries(
  Object.entries(SETTINGS).map(([name, { value, otherwise, doc }]) => [
    name,
    { value, doc: `${doc} Unless set: ${otherwise}.` },
  ]),
);

export const settingsCommand: Command = {
  name: 'agent settings',
  summary: 'Prints what is set on this device, after changing what is given. An agent that runs goes by it at once.',
  options: { ...SETTING_OPTIONS, ...JSON_OPTION, ...FILE_OPTION },
  run: async (args, terminal) => {
    const path = agentFiles(fileOf(args)).settings;
    const changes: SettingTexts = Object.fromEntries(
      SETTING_NAMES.flatMap((name) => {
        const text = textOf(args, name);
        return text === undefined ? [] : [[name, text]];
      }),
    );
    const isChange = Object.keys(changes).length > 0;
    const texts = await asCommandError(isChange ? changeSettings(path, changes) : readSettingTexts(path));
    if (isChange) await ask(args, { command: 'reload' });
    const settings = settingsNow(texts);
    if (args.options.json) terminal.out(JSON.stringify(settings));
    else for (const name of SETTING_NAMES) terminal.out(`${name.padEnd(22)} ${foreign(settings[name])}`);
    return 0;
  },
};

function settingsNow(texts: SettingTexts): SettingTexts {
  return Object.fromEntries(SETTING_NAMES.map((name) => [name, texts[name] ?? SETTINGS[name].otherwise]));
}
