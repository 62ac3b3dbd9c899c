/**
 * GNOME's zenity. Its `--progress` alone takes text from standard input, where no other user reads it as he does a
 * command line, and takes another one while it is open; its bar stays empty.
 */
import { type DialogProgram, idOfLabel, typedLine } from '../dialog.ts';

/** 3.x to 3.44: text is shown as it is. */
export const zenity = zenityOf(
  (text) => text,
  (labels) => ['--no-cancel', ...labels.map(extraButton)],
);

/**
 * From 4 on text is Pango markup. Without a Cancel button nothing happens on Escape; as Cancel prints nothing, the first
 * choice and closing are one.
 */
export const zenity4 = zenityOf(
  (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  ([first = '', ...others]) => [`--cancel-label=${first}`, ...others.map(extraButton)],
);

function zenityOf(
  shown: (text: string) => string,
  buttons: (labels: readonly string[]) => readonly string[],
): DialogProgram {
  // C escapes are read in it (g_strcompress).
  const retold = (lines: readonly string[]) =>
    `# ${lines.map((line) => shown(line).replaceAll('\\', '\\\\')).join('\\n')}\n`;
  return {
    name: 'zenity',
    ask: ({ title, lines, choices, timeoutSeconds }) => ({
      command: 'zenity',
      args: [
        // It closes when standard input ends, as it does with the agent.
        ...['--progress', '--auto-close', `--title=${title}`],
        // Room for the text, so that the window has its size when it is placed.
        ...[`--text=${'\\n'.repeat(lines.length - 1)}`, `--timeout=${timeoutSeconds}`, '--width=480'],
        ...buttons(choices.map(({ label }) => label)),
      ],
      input: retold(lines),
    }),
    retold,
    // A button of one's own ends it with 1 as closing does, but prints its label.
    chosen: (dialog, { code, output }) => (code === 1 ? idOfLabel(dialog, output) : undefined),
    entry: ({ title, text, timeoutSeconds }) => ({
      command: 'zenity',
      args: ['--entry', `--title=${title}`, `--text=${text}`, `--timeout=${timeoutSeconds}`, '--width=480'],
    }),
    typed: typedLine,
  };
}

function extraButton(label: string): string {
  return `--extra-button=${label}`;
}
