/** GNOME's zenity, 3 and 4. `--switch` gives buttons of our own in our order, the first with the focus. */
import { type DialogProgram, idOfLabel, typedLine } from '../dialog.ts';

export const zenity: DialogProgram = {
  name: 'zenity',
  ask: ({ title, lines, choices, timeoutSeconds }) => ({
    command: 'zenity',
    args: [
      '--question',
      '--switch',
      '--no-markup',
      `--title=${title}`,
      `--text=${lines.join('\n')}`,
      `--timeout=${timeoutSeconds}`,
      '--width=480',
      ...choices.map(({ label }) => `--extra-button=${label}`),
    ],
  }),
  // A button of one's own ends it with 1 as closing does, but prints its label.
  chosen: (dialog, { code, output }) => (code === 1 ? idOfLabel(dialog, output) : undefined),
  entry: ({ title, text, timeoutSeconds }) => ({
    command: 'zenity',
    args: ['--entry', `--title=${title}`, `--text=${text}`, `--timeout=${timeoutSeconds}`, '--width=480'],
  }),
  typed: typedLine,
};
