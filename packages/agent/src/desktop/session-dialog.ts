/** What stands on the screen while somebody looks. Pure. */
import type { Assurance } from '@open-remote-help/protocol/events';
import { localTimeText } from '../clock.ts';
import type { SessionView } from '../session-view.ts';
import { grantsText } from '../terminal/text.ts';
import { type Dialog, field } from './dialog.ts';
import { TITLE } from './question-dialog.ts';

export type SessionChoice = 'aside' | 'answer' | 'narrow' | 'stop';

const LABELS: Readonly<Record<SessionChoice, string>> = {
  aside: 'Put aside',
  answer: 'Answer…',
  narrow: 'Only let them see',
  stop: 'Stop the session',
};

/** More of it is in the agent's own output. */
const LONGEST_CHAT = 240;
const LONGEST_SESSION_SECONDS = 8 * 3_600;

export function sessionDialog(view: SessionView, now: number): Dialog {
  const { grants, expiresAt, helpers, chat, isInterrupted } = view;
  const chatLines = chat.map(({ name, text }) => `    ${field(name, 'somebody')}: ${field(text, '', LONGEST_CHAT)}`);
  const who = helpers.flatMap(({ name, isLooking, assurance }) => [
    `    ${field(name, 'somebody without a name')}${isLooking ? ', who sees it now' : ''}`,
    ...(assurance ? [`    ${sealText(assurance)}`] : []),
  ]);
  const left = Math.ceil((expiresAt - now) / 1_000);
  return {
    title: TITLE,
    lines: [
      grants.view ? 'Somebody can see this screen:' : 'A session is on; nothing is shown:',
      ...(who.length === 0 ? ['    nobody is connected now'] : who),
      '',
      `They may ${grantsText(grants)}.`,
      `It ends by itself at ${localTimeText(expiresAt)}.`,
      ...(isInterrupted ? ['The connection is broken; trying again.'] : []),
      ...(chatLines.length === 0 ? [] : ['', 'Chat:', ...chatLines]),
    ],
    choices: choicesOf(view).map((id) => ({ id, label: LABELS[id] })),
    timeoutSeconds: Math.min(Math.max(1, left), LONGEST_SESSION_SECONDS),
  };
}

/** The first is what an Enter means that was meant for another window: it changes nothing. */
function choicesOf({ grants, isChatBlocked, helpers }: SessionView): SessionChoice[] {
  const hasMore = grants.control || grants.clipboardToHelper || grants.clipboardToSharer;
  return [
    'aside',
    ...(isChatBlocked || helpers.length === 0 ? [] : (['answer'] as const)),
    ...(hasMore ? (['narrow'] as const) : []),
    'stop',
  ];
}

function sealText(assurance: Assurance): string {
  if (assurance.kind === 'serverKey') return 'The server could read along.';
  const digits = `${assurance.digits.slice(0, 3)} ${assurance.digits.slice(3)}`;
  return `Ask which six digits they see: ${digits}. If theirs are others, stop.`;
}
