/** A question as a dialog. Pure. */
import { type ChoiceId, choicesOf } from '../choices.ts';
import type { Question } from '../sharer.ts';
import { durationText, grantsText } from '../terminal/text.ts';
import { type Dialog, field } from './dialog.ts';

export const TITLE = 'Open Remote Help';

const HEADINGS: Readonly<Record<Question['kind'], string>> = {
  session: 'Somebody asks to help you on this computer.',
  access: 'Another helper wants to join the session.',
  rights: 'A helper asks for more than they were allowed.',
};

const LABELS: Readonly<Record<ChoiceId, string>> = {
  decline: 'Decline',
  report: 'Decline and report',
  view: 'Allow: see only',
  control: 'Allow: see and control',
  all: 'Allow all they ask',
  allow: 'Allow',
};

const SECOND = 1_000;

/**
 * @param now epoch milliseconds
 * @param isHasty an answer came before anybody could have read the question
 */
export function questionDialog(question: Question, now: number, isHasty = false): Dialog {
  const { kind, helper, helperSays, wants, until, isUnattended } = question;
  const { reason, ticket } = helperSays;
  const words = [
    ...(reason === null ? [] : [`    “${field(reason)}”`]),
    ...(ticket === null ? [] : [`    ticket “${field(ticket)}”`]),
  ];
  return {
    title: TITLE,
    lines: [
      ...(isHasty ? ['That was quicker than anybody reads: nothing was allowed.', ''] : []),
      HEADINGS[kind],
      '',
      // A line for each: letters written from right to left must not reorder what stands beside them.
      `Name:  ${field(helper.name, 'somebody without a name')}`,
      `Mail:  ${field(helper.mail, 'none')}`,
      `Organisation:  ${field(helper.organization, 'unknown')}`,
      '',
      `They ask to ${grantsText(wants)}.`,
      ...(words.length === 0 ? [] : ['', 'In their own words, which nobody has checked:', ...words]),
      '',
      'Accept only if you asked for help.',
      isUnattended
        ? 'They come in by themselves in 30 seconds unless you decline.'
        : `No answer within ${durationText(until - now)} is a no.`,
    ],
    choices: choicesOf(question).map(({ id }) => ({ id, label: LABELS[id] })),
    timeoutSeconds: Math.max(1, Math.ceil((until - now) / SECOND)),
  };
}
