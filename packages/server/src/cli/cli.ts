/** The `remote-help` command: finds the command that is meant, and gives its errors an exit code and a way out. */
import { DomainError, OperatorError } from '../errors.ts';
import { type Command, EXIT_USAGE, helpOf, perform, standardTerminal, type Terminal } from './command.ts';

/** Commands load what they need only when they run: `token` must not wait for an HTTP server's code. */
const COMMANDS: Readonly<Record<string, () => Promise<readonly Command[]>>> = {
  serve: async () => (await import('./serve.ts')).commands,
  token: async () => (await import('./token.ts')).commands,
  app: async () => (await import('./apps.ts')).commands,
  user: async () => (await import('./users.ts')).commands,
  keys: async () => (await import('./keys.ts')).commands,
  audit: async () => (await import('./audit.ts')).commands,
  session: async () => (await import('./sessions.ts')).commands,
  device: async () => (await import('./devices.ts')).commands,
  agent: async () => (await import('@open-remote-help/agent/commands')).commands,
  backup: async () => (await import('./backup.ts')).commands,
  restore: async () => (await import('./backup.ts')).commands,
  config: async () => (await import('./about.ts')).commands,
  version: async () => (await import('./about.ts')).commands,
};

const isRefusal = (error: unknown): boolean => error instanceof OperatorError || error instanceof DomainError;

/** @returns the exit code: 0 done, 1 failed, 2 called wrongly; a command may have more, and says so */
export async function run(argv: readonly string[], terminal: Terminal = standardTerminal): Promise<number> {
  const [first] = argv;
  if (first === undefined || first === '--help' || first === 'help') {
    terminal.out(await overview());
    return first === undefined ? EXIT_USAGE : 0;
  }
  const commands = Object.hasOwn(COMMANDS, first) ? await COMMANDS[first]?.() : undefined;
  if (!commands) {
    terminal.error(`There is no command ${JSON.stringify(first)}. \`remote-help --help\` lists them.`);
    return EXIT_USAGE;
  }
  const command = commands.find(({ name }) => name.split(' ').every((word, index) => argv[index] === word));
  if (!command) {
    const mine = commands.filter(({ name }) => name.split(' ')[0] === first);
    const text = mine.map((one) => helpOf(one)).join('\n\n');
    const isHelp = argv.includes('--help');
    (isHelp ? terminal.out : terminal.error)(text);
    return isHelp ? 0 : EXIT_USAGE;
  }
  return perform(command, argv.slice(command.name.split(' ').length), terminal, { isRefusal });
}

async function overview(): Promise<string> {
  const lists = await Promise.all([...new Set(Object.values(COMMANDS))].map((load) => load()));
  const commands = [...new Map(lists.flat().map((command) => [command.name, command])).values()];
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'remote-help COMMAND [OPTIONS]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'Each command explains itself with --help. Settings come from REMOTE_HELP_… variables: `remote-help config`.',
  ].join('\n');
}
