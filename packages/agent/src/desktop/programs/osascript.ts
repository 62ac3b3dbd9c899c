/** AppleScript of macOS. The scripts are constants; all text comes in through `on run argv`. */
import { type Dialog, type DialogProgram, type Invocation, idOfLabel, type Outcome } from '../dialog.ts';

/** AppleScript's dialogs have three buttons at most; more is a list. */
const isShort = ({ choices }: Dialog): boolean => choices.length <= 3;

const BUTTONS = `on run argv
  set labels to items 4 thru -1 of argv
  set wait to (item 3 of argv) as integer
  set answer to display dialog (item 2 of argv) with title (item 1 of argv) buttons labels default button (item 1 of labels) giving up after wait
  if gave up of answer then return ""
  return button returned of answer
end run`;

const LIST = `on run argv
  set labels to items 4 thru -1 of argv
  set picked to choose from list labels with title (item 1 of argv) with prompt (item 2 of argv) default items {item 1 of labels}
  if picked is false then return ""
  return item 1 of picked
end run`;

const ENTRY = `on run argv
  set wait to (item 3 of argv) as integer
  set answer to display dialog (item 2 of argv) with title (item 1 of argv) default answer "" giving up after wait
  if gave up of answer then error number -128
  return text returned of answer
end run`;

export const osascript: DialogProgram = {
  name: 'osascript',
  ask: (dialog) => {
    const { title, lines, choices, timeoutSeconds } = dialog;
    const script = isShort(dialog) ? BUTTONS : LIST;
    return run(script, [title, lines.join('\n'), String(timeoutSeconds), ...choices.map(({ label }) => label)]);
  },
  chosen: (dialog, { code, output }: Outcome) => (code === 0 ? idOfLabel(dialog, output) : undefined),
  entry: ({ title, text, timeoutSeconds }) => run(ENTRY, [title, text, String(timeoutSeconds)]),
  typed: ({ code, output }) => (code === 0 ? output.replace(/\n$/, '') : undefined),
};

/** `--` ends options: an argument that begins with a dash is text as well. */
function run(script: string, values: readonly string[]): Invocation {
  return { command: 'osascript', args: ['-e', script, '--', ...values] };
}
