/**
 * KDE's kdialog. It has no buttons of one's own whose default can be chosen, so there is a list with the first choice
 * marked. Text is given as HTML with everything escaped: Qt takes what looks like HTML for HTML unless told
 * (`Qt::mightBeRichText`).
 */
import { type DialogProgram, typedLine } from '../dialog.ts';

export const kdialog: DialogProgram = {
  name: 'kdialog',
  ask: ({ title, lines, choices }) => {
    const items = choices.flatMap(({ id, label }) => [id, label]);
    const first = choices[0]?.label ?? '';
    return { command: 'kdialog', args: ['--title', title, '--menu', html(lines), ...items, '--default', first] };
  },
  chosen: ({ choices }, { code, output }) =>
    code === 0 ? choices.find(({ id }) => id === output.trim())?.id : undefined,
  entry: ({ title, text }) => ({ command: 'kdialog', args: ['--title', title, '--inputbox', html([text])] }),
  typed: typedLine,
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\\': '&#92;',
};

function html(lines: readonly string[]): string {
  const escaped = lines.map((line) => line.replace(/[&<>"\\]/g, (character) => ENTITIES[character] ?? ''));
  return `<qt>${escaped.join('<br>')}</qt>`;
}
