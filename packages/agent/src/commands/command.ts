/** What a command of `remote-help` is, and the words it is given. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** One option of a command; `value` names what it takes, absent for a switch. */
export interface Option {
  readonly value?: string;
  readonly doc: string;
  readonly isRepeatable?: boolean;
}

/** The words after a command's name, sorted. */
export interface Arguments {
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly words: readonly string[];
}

/** A command as it is called, explained and run. */
export interface Command {
  /** The words that call it: `app add`. */
  readonly name: string;
  /** What follows the name, options apart: `NAME`. */
  readonly words?: string;
  readonly summary: string;
  readonly options?: Readonly<Record<string, Option>>;
  /** Resolves to the exit code; 0 when nothing is returned. */
  run(args: Arguments, terminal: Terminal): Promise<number | undefined>;
}

/** Where a command reads and writes. */
export interface Terminal {
  out(line: string): void;
  error(line: string): void;
  readonly isInteractive: boolean;
  /** Shows a line in the place of the one before, beside what `error` writes; absent where there is no screen. */
  redraw?(line: string): void;
  /** The whole of standard input, for a value that may not stand in the process list. */
  readInput(): Promise<string>;
}

/** The command was called wrongly; the message says how to call it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command could not do what it was called for; the message is for who called it, and says the way out. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Splits the words after a command's name. @throws UsageError */
export function readArguments(command: Command, argv: readonly string[]): Arguments {
  const options: ParseArgsOptionsConfig = { help: { type: 'boolean' } };
  for (const [name, option] of Object.entries(command.options ?? {})) {
    options[name] = { type: option.value ? 'string' : 'boolean', multiple: option.isRepeatable ?? false };
  }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
    return { options: values as Arguments['options'], words: positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Text of an option that was given once. */
export function textOf(args: Arguments, name: string): string | undefined {
  const value = args.options[name];
  return typeof value === 'string' ? value : undefined;
}

/** The one word that a command takes. @throws UsageError */
export function onlyWord(args: Arguments, what: string): string {
  const [word, ...others] = args.words;
  if (word === undefined || others.length > 0) throw new UsageError(`Give ${what}.`);
  return word;
}

/** What `--help` shows: call, summary, options in columns. */
export function helpOf(command: Command, program = 'remote-help'): string {
  const lines = [`${program} ${command.name}${command.words ? ` ${command.words}` : ''}`, '', `  ${command.summary}`];
  const options = Object.entries({ ...command.options, help: { doc: 'Show this.' } as Option });
  const left = options.map(([name, { value }]) => `--${name}${value ? ` ${value}` : ''}`);
  const width = Math.max(...left.map((text) => text.length));
  lines.push('', ...options.map(([, { doc }], index) => `  ${left[index]?.padEnd(width)}  ${doc}`));
  return lines.join('\n');
}

const EXIT_FAILED = 1;
/** A command was called wrongly. */
export const EXIT_USAGE = 2;

/** Runs a command with the words after its name. @returns its exit code; 1 failed, 2 called wrongly */
export async function perform(
  command: Command,
  argv: readonly string[],
  terminal: Terminal,
  { program, isRefusal = () => false }: { program?: string; isRefusal?: (error: unknown) => boolean } = {},
): Promise<number> {
  try {
    const args = readArguments(command, argv);
    if (args.options.help) {
      terminal.out(helpOf(command, program));
      return 0;
    }
    return (await command.run(args, terminal)) ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.error(`${error.message}\n\n${helpOf(command, program)}`);
      return EXIT_USAGE;
    }
    if (!(error instanceof Error)) terminal.error(String(error));
    else if (error instanceof CommandError || isRefusal(error)) terminal.error(error.message);
    else terminal.error(error.stack ?? error.message);
    return EXIT_FAILED;
  }
}

/** The process's own input and output. */
export const standardTerminal: Terminal = {
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
