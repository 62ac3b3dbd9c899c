/** A dialog as data, and what a program needs to show it. Foreign text enters only through `field`. */
import { foreign } from '../terminal/text.ts';

/** A window with text and buttons. */
export interface Dialog {
  readonly title: string;
  /** Lines of text; an empty one is a gap. */
  readonly lines: readonly string[];
  /** Buttons. The first has the focus: Enter means it. Closing and Escape mean none of them. */
  readonly choices: readonly { readonly id: string; readonly label: string }[];
  /** It goes away by itself after that, should nobody take it away before. */
  readonly timeoutSeconds: number;
}

/** A window in which a line is typed; its text is ours. */
export interface Entry {
  readonly title: string;
  readonly text: string;
  readonly timeoutSeconds: number;
}

/** One start of a program, without a shell. */
export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
  /** Beside the agent's own environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For its standard input, which stays open for as long as the agent lives. */
  readonly input?: string;
}

/** How a program came to its end; `code` is null when it could not start or was killed. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** A program that shows dialogs. All of it is pure: `DialogRunner` starts and ends it. */
export interface DialogProgram {
  readonly name: 'zenity' | 'kdialog' | 'PowerShell' | 'osascript';
  ask(dialog: Dialog): Invocation;
  /** What puts another text into an open dialog through standard input; absent where it has to be shown anew. */
  retold?(lines: readonly string[]): string;
  /** The id of the button that was pressed; undefined for everything else. */
  chosen(dialog: Dialog, outcome: Outcome): string | undefined;
  entry(entry: Entry): Invocation;
  /** What was typed; undefined when it was closed. */
  typed(outcome: Outcome): string | undefined;
}

/** More of a name than that only hides what stands below it. UTF-16 code units. */
export const LONGEST_FIELD = 80;

/**
 * Anybody's text as one line of a dialog. The backslash becomes a slash: some programs read escapes (kdialog's `\n`,
 * GLib's `g_strcompress`), and which of them do so where differs between versions.
 */
export function field(text: string | null, otherwise = '', most = LONGEST_FIELD): string {
  return foreign(foreign(text).replaceAll('\\', '/'), otherwise, most);
}

/** The id of the button whose label a program printed. */
export function idOfLabel({ choices }: Dialog, output: string): string | undefined {
  const printed = output.trim();
  return choices.find(({ label }) => label === printed)?.id;
}

/** What a program that prints the text typed came back with. */
export function typedLine({ code, output }: Outcome): string | undefined {
  return code === 0 ? output.replace(/\r?\n$/, '') : undefined;
}
