/** What a person may answer to a question, whatever shows it. Pure. */
import { type Decision, narrower, type Question, VIEW_ALONE } from './sharer.ts';
import { grantsText } from './terminal/text.ts';

export type ChoiceId = 'decline' | 'report' | 'view' | 'control' | 'all' | 'allow';

export interface Choice {
  readonly id: ChoiceId;
  /** After "I": `let them see the screen, nothing else`. */
  readonly meaning: string;
}

/** In the order of how much they give away: the first is what silence means. */
export function choicesOf({ kind, wants }: Pick<Question, 'kind' | 'wants'>): readonly Choice[] {
  const no: Choice[] = [
    { id: 'decline', meaning: 'no' },
    { id: 'report', meaning: 'no, and report it' },
  ];
  if (kind !== 'session') return [...no, { id: 'allow', meaning: kind === 'access' ? 'let them in' : 'allow it' }];
  const some: Choice[] = [{ id: 'view', meaning: 'let them see the screen, nothing else' }];
  if (wants.control) some.push({ id: 'control', meaning: 'let them see and control it' });
  if (wants.clipboardToHelper || wants.clipboardToSharer) {
    some.push({ id: 'all', meaning: `let them ${grantsText(wants)}` });
  }
  return [...no, ...some];
}

/** What a choice means; one that was not offered is a no. */
export function decisionOf(id: ChoiceId | undefined, question: Pick<Question, 'kind' | 'wants'>): Decision {
  const { wants } = question;
  const isOffered = choicesOf(question).some((choice) => choice.id === id);
  if (!isOffered || id === undefined || id === 'decline') return { kind: 'decline', isReported: false };
  if (id === 'report') return { kind: 'decline', isReported: true };
  if (id === 'view') return { kind: 'accept', grants: narrower(wants, VIEW_ALONE) };
  if (id === 'control') return { kind: 'accept', grants: narrower(wants, { ...VIEW_ALONE, control: true }) };
  return { kind: 'accept', grants: wants };
}
