/** `remote-help agent run`, and its older form for a terminal, `remote-help device run`. */
import type { SettingTexts } from '../settings.ts';
import { type Arguments, type Command, textOf, UsageError } from './command.ts';
import { asCommandError, FILE_OPTION, fileOf } from './device-option.ts';
import type { Prompts } from './run-agent.ts';

const PROMPTS: readonly Prompts[] = ['auto', 'desktop', 'terminal'];

const OVERRIDES = {
  'view-only': { doc: 'For this run: never let anybody control this device, or share its clipboard.' },
  unattended: { doc: 'For this run: let helpers in with nobody here, after 30 seconds in which anybody may decline.' },
  'answer-within': {
    value: 'SECONDS',
    doc: 'For this run: decline what is not answered for so long; the server waits 5 minutes.',
  },
  ...FILE_OPTION,
};

const SUMMARY =
  'Switches the device on: shows who asks for help, asks you, and takes part in the session. The answer is no unless you say yes.';

export const runCommand: Command = {
  name: 'agent run',
  summary: SUMMARY,
  options: {
    prompts: {
      value: 'auto|desktop|terminal',
      doc: 'Where you are asked; auto is the desktop, and the terminal where there is none.',
    },
    ...OVERRIDES,
  },
  run: (args) => run(args, promptsOf(args)),
};

export const deviceRun: Command = {
  name: 'device run',
  summary: 'As `agent run --prompts terminal`.',
  options: OVERRIDES,
  run: (args) => run(args, 'terminal'),
};

function promptsOf(args: Arguments): Prompts {
  const text = textOf(args, 'prompts') ?? 'auto';
  const prompts = PROMPTS.find((known) => known === text);
  if (!prompts) throw new UsageError('--prompts takes auto, desktop or terminal.');
  return prompts;
}

async function run(args: Arguments, prompts: Prompts): Promise<number> {
  const { stdin: input, stdout: output } = process;
  const overrides = overridesOf(args);
  const { runAgent } = await import('./run-agent.ts');
  await asCommandError(
    runAgent({
      ...{ file: fileOf(args), overrides, prompts },
      streams: { input, output, isInteractive: input.isTTY === true && output.isTTY === true },
      connect: ({ interrupt, switchOff }) => {
        process.on('SIGINT', interrupt);
        process.on('SIGTERM', switchOff);
      },
    }),
  );
  return 0;
}

function overridesOf(args: Arguments): SettingTexts {
  const within = textOf(args, 'answer-within');
  if (within !== undefined && !/^[1-9]\d{0,5}$/.test(within)) {
    throw new UsageError('--answer-within takes a whole number of seconds.');
  }
  const off = { control: 'off', 'clipboard-to-helper': 'off', 'clipboard-to-sharer': 'off' };
  return {
    ...(args.options.unattended === true ? { unattended: 'on' } : {}),
    ...(args.options['view-only'] === true ? off : {}),
    ...(within === undefined ? {} : { 'answer-within': within }),
  };
}
