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
export function helpOf(command: Command): string {
  const lines = [`remote-help ${command.name}${command.words ? ` ${command.words}` : ''}`, '', `  ${command.summary}`];
  const options = Object.entries({ ...command.options, help: { doc: 'Show this.' } as Option });
  const left = options.map(([name, { value }]) => `--${name}${value ? ` ${value}` : ''}`);
  const width = Math.max(...left.map((text) => text.length));
  lines.push('', ...options.map(([, { doc }], index) => `  ${left[index]?.padEnd(width)}  ${doc}`));
  return lines.join('\n');
}
