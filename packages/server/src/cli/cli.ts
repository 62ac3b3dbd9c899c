/** The `remote-help` command: finds the command that is meant, and gives its errors an exit code and a way out. */
import { DomainError, OperatorError } from '../errors.ts';
import { type Command, helpOf, readArguments, type Terminal, UsageError } from './command.ts';

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
  backup: async () => (await import('./backup.ts')).commands,
  restore: async () => (await import('./backup.ts')).commands,
  config: async () => (await import('./about.ts')).commands,
  version: async () => (await import('./about.ts')).commands,
};

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

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
    const text = mine.map(helpOf).join('\n\n');
    const isHelp = argv.includes('--help');
    (isHelp ? terminal.out : terminal.error)(text);
    return isHelp ? 0 : EXIT_USAGE;
  }
  return perform(command, argv.slice(command.name.split(' ').length), terminal);
}

async function perform(command: Command, argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const args = readArguments(command, argv);
    if (args.options.help) {
      terminal.out(helpOf(command));
      return 0;
    }
    return (await command.run(args, terminal)) ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.error(`${error.message}\n\n${helpOf(command)}`);
      return EXIT_USAGE;
    }
    if (error instanceof OperatorError || error instanceof DomainError) {
      terminal.error(error.message);
      return EXIT_FAILED;
    }
    terminal.error(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT_FAILED;
  }
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

const standardTerminal: Terminal = {
  out: (line) => process.stdout.write(`${line}\n`),
  error: (line) => process.stderr.write(`${line}\n`),
  isInteractive: process.stdout.isTTY === true,
  ...(process.stderr.isTTY ? { redraw: (line: string) => void process.stderr.write(`\r\x1b[K${line}`) } : {}),
  readInput: async () => {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  },
};
