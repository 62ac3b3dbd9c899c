/** A question for the person at the device: how it is shown, and what an answer means. Pure. */
import { type ChoiceId, choicesOf, decisionOf } from '../choices.ts';
import type { Decision, Question } from '../sharer.ts';
import { durationText, foreign, grantsText, type Styler } from './text.ts';

const RULE = '─'.repeat(64);

const WANTS: Readonly<Record<Question['kind'], string>> = {
  session: 'asks to help you: to',
  access: 'wants to join the session: to',
  rights: 'asks for more: to',
};

/** Who asks, for what, and what can be answered. */
export function questionLines(question: Question, now: number, style: Styler): string[] {
  const { kind, helper, helperSays, wants, until, isUnattended } = question;
  const left = durationText(until - now);
  const words = [
    ...(helperSays.reason === null ? [] : [`  “${foreign(helperSays.reason)}”`]),
    ...(helperSays.ticket === null ? [] : [`  ticket “${foreign(helperSays.ticket)}”`]),
  ];
  return [
    RULE,
    `${style('bold', foreign(helper.name, 'somebody without a name'))}  ${mailOf(question)}`,
    `of ${foreign(helper.organization, 'an unknown organisation')}`,
    `${WANTS[kind]} ${grantsText(wants)}.`,
    ...(words.length === 0 ? [] : ['In their own words, which nobody has checked:', ...words]),
    ...(isUnattended ? ['They come in by themselves in 30 seconds unless you decline.'] : []),
    '',
    ...choicesOf(question).map(({ id, meaning }) => `  ${style('bold', KEYS[id].padEnd(6))} ${meaning}`),
    style('dim', isUnattended ? '  Nobody needs to answer.' : `  No answer within ${left} is a no.`),
    RULE,
  ];
}

function mailOf({ helper: { mail } }: Question): string {
  return mail === null ? '(no mail address)' : `<${foreign(mail)}>`;
}

const KEYS: Readonly<Record<ChoiceId, string>> = {
  decline: 'Enter',
  report: 'r',
  view: 'v',
  control: 'c',
  all: 'a',
  allow: 'y',
};

/** What was typed. @returns undefined for what is no answer: the question stays */
export function readAnswer(typed: string, question: Question): Decision | undefined {
  const word = typed.trim().toLowerCase();
  if (['', 'n', 'no'].includes(word)) return decisionOf('decline', question);
  const choice = choicesOf(question).find(({ id }) => KEYS[id] === word);
  return choice && decisionOf(choice.id, question);
}

/** What there is to type, for who typed something else. */
export function answerHint(question: Question): string {
  const keys = choicesOf(question).map(({ id }) => KEYS[id]);
  return `Type ${keys.slice(0, -1).join(', ')} or ${keys.at(-1)}.`;
}
