/** What stands on the screen while somebody looks. Pure. */
import { localTimeText } from '../clock.ts';
import { type Notice, narrower, VIEW_ALONE } from '../sharer.ts';
import { grantsText } from '../terminal/text.ts';
import { type Dialog, field } from './dialog.ts';
import { TITLE } from './question-dialog.ts';

type Began = Extract<Notice, { kind: 'began' }>;

/** A session as the person at the screen sees it. */
export interface SessionView {
  readonly grants: Began['grants'];
  readonly expiresAt: number;
  readonly isInterrupted: boolean;
  readonly isChatBlocked: boolean;
  /** Names of helpers who are in, and what is known of the pair with each. */
  readonly helpers: readonly { readonly name: string; readonly seal: string }[];
  readonly chat: readonly { readonly name: string; readonly text: string }[];
}

export type SessionChoice = 'aside' | 'answer' | 'narrow' | 'stop';

const LABELS: Readonly<Record<SessionChoice, string>> = {
  aside: 'Put aside',
  answer: 'Answer…',
  narrow: 'Take back all but seeing',
  stop: 'Stop the session',
};

const MOST_CHAT = 4;
/** More of it is in the agent's own output. */
const LONGEST_CHAT = 240;
const LONGEST_SESSION_SECONDS = 8 * 3_600;

export function sessionDialog(view: SessionView, now: number): Dialog {
  const { grants, expiresAt, helpers, chat, isInterrupted } = view;
  const chatLines = chat
    .slice(-MOST_CHAT)
    .map(({ name, text }) => `    ${field(name, 'somebody')}: ${field(text, '', LONGEST_CHAT)}`);
  const who = helpers.flatMap(({ name, seal }) => [
    `    ${field(name, 'somebody without a name')}`,
    ...(seal ? [`    ${seal}`] : []),
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

const NOBODY: SessionView = {
  grants: narrower(VIEW_ALONE, VIEW_ALONE),
  expiresAt: 0,
  isInterrupted: false,
  isChatBlocked: false,
  helpers: [],
  chat: [],
};

/** The view after a notice; undefined when no session is on. */
export function viewAfter(view: SessionView | undefined, notice: Notice): SessionView | undefined {
  if (notice.kind === 'began') {
    const { helper, grants, expiresAt } = notice;
    return { ...NOBODY, grants, expiresAt, helpers: [{ name: helper.name, seal: '' }] };
  }
  if (!view) return undefined;
  switch (notice.kind) {
    case 'granted':
      return { ...view, grants: notice.grants };
    case 'renewed':
      return { ...view, expiresAt: notice.expiresAt };
    case 'policy':
      return { ...view, isChatBlocked: notice.isChatBlocked };
    case 'interrupted':
    case 'resumed':
      return { ...view, isInterrupted: notice.kind === 'interrupted' };
    case 'chat':
      return { ...view, chat: [...view.chat, { name: notice.name, text: notice.text }].slice(-MOST_CHAT) };
    case 'presence': {
      const others = view.helpers.filter(({ name }) => name !== notice.name);
      return { ...view, helpers: notice.isPresent ? [...others, { name: notice.name, seal: '' }] : others };
    }
    case 'sealed': {
      const others = view.helpers.filter(({ name }) => name !== notice.name);
      return { ...view, helpers: [...others, { name: notice.name, seal: sealText(notice.assurance) }] };
    }
    case 'ended':
      return undefined;
    default:
      return view;
  }
}

function sealText(assurance: Extract<Notice, { kind: 'sealed' }>['assurance']): string {
  if (assurance.kind === 'serverKey') return 'The server could read along.';
  const digits = `${assurance.digits.slice(0, 3)} ${assurance.digits.slice(3)}`;
  return `Ask which six digits they see: ${digits}. If theirs are others, stop.`;
}
