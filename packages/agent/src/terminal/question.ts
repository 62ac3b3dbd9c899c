/** A question for the person at the device: how it is shown, and what an answer means. Pure. */
import { type Decision, narrower, type Question, VIEW_ALONE } from '../sharer.ts';
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
    ...answers(question).map(([key, meaning]) => `  ${style('bold', key.padEnd(6))} ${meaning}`),
    style('dim', isUnattended ? '  Nobody needs to answer.' : `  No answer within ${left} is a no.`),
    RULE,
  ];
}

function mailOf({ helper: { mail } }: Question): string {
  return mail === null ? '(no mail address)' : `<${foreign(mail)}>`;
}

/** Keys and what they mean, in the order of how much they give away. */
function answers(question: Question): [string, string][] {
  const { kind, wants } = question;
  const no: [string, string][] = [
    ['Enter', 'no'],
    ['r', 'no, and report it'],
  ];
  if (kind !== 'session') return [...no, ['y', kind === 'access' ? 'let them in' : 'allow it']];
  const some: [string, string][] = [['v', 'let them see the screen, nothing else']];
  if (wants.control) some.push(['c', 'let them see and control it']);
  if (wants.clipboardToHelper || wants.clipboardToSharer) some.push(['a', `let them ${grantsText(wants)}`]);
  return [...no, ...some];
}

/** What was typed. @returns undefined for what is no answer: the question stays */
export function readAnswer(typed: string, question: Question): Decision | undefined {
  const word = typed.trim().toLowerCase();
  if (['', 'n', 'no'].includes(word)) return { kind: 'decline', isReported: false };
  if (word === 'r') return { kind: 'decline', isReported: true };
  const { kind, wants } = question;
  if (kind !== 'session') return word === 'y' ? { kind: 'accept', grants: wants } : undefined;
  if (word === 'v') return { kind: 'accept', grants: narrower(wants, VIEW_ALONE) };
  if (!answers(question).some(([key]) => key === word)) return undefined;
  if (word === 'c') return { kind: 'accept', grants: narrower(wants, { ...VIEW_ALONE, control: true }) };
  return { kind: 'accept', grants: wants };
}

/** What there is to type, for who typed something else. */
export function answerHint(question: Question): string {
  const keys = answers(question).map(([key]) => key);
  return `Type ${keys.slice(0, -1).join(', ')} or ${keys.at(-1)}.`;
}
