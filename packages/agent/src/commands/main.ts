/** `remote-help-agent`: the agent's commands by themselves, on a machine without the service. */
import { EXIT_USAGE, perform, standardTerminal, type Terminal } from './command.ts';
import { commands } from './index.ts';

const PROGRAM = 'remote-help-agent';
const own = commands.map((command) => ({ ...command, name: command.name.replace(/^agent /, '') }));

/** @returns the exit code: 0 done, 1 failed, 2 called wrongly */
export async function run(argv: readonly string[], terminal: Terminal = standardTerminal): Promise<number> {
  const [first, ...rest] = argv;
  const command = own.find(({ name }) => name === first);
  if (command) return perform(command, rest, terminal, { program: PROGRAM });
  const isHelp = first === '--help' || first === 'help';
  const width = Math.max(...own.map(({ name }) => name.length));
  const lines = own.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  const text = [`${PROGRAM} COMMAND [OPTIONS]`, '', ...lines, '', 'Each command explains itself with --help.'].join(
    '\n',
  );
  (isHelp ? terminal.out : terminal.error)(text);
  return isHelp ? 0 : EXIT_USAGE;
}
