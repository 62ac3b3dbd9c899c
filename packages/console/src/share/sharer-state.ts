/** What a sharer's page knows of its session, as snapshots that never change. Pure. */
import type { ControlEventOf, END_REASONS } from '@open-remote-help/protocol/events';
import type { Instant } from '../clock.ts';

export type EndReason = (typeof END_REASONS)[number];
export type Asking = Pick<ControlEventOf<'requested'>, 'helper' | 'helperSays' | 'sessionType'>;

/** `asked`: nobody sees anything. `starting`: a picture was chosen, the answer is under way. */
export type Stage =
  | { readonly kind: 'asked' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'sharing' }
  | { readonly kind: 'over'; readonly reason: EndReason };

/** A helper's connection that this page shook hands with. */
export interface SeenBy {
  readonly connectionId: string;
  readonly userId: string;
  readonly name: string;
  /** Six of them where the ends agreed on a key that the server does not know. */
  readonly digits: string | undefined;
  /** Whether the picture reaches it. */
  readonly sees: boolean;
}

export interface ChatLine {
  readonly id: string;
  /** Undefined for one's own. */
  readonly from: Prompt['asking']['helper'] | undefined;
  readonly text: string;
  readonly isDelivered: boolean;
}

/** Another helper wants in. */
export interface Prompt {
  readonly promptId: string;
  readonly asking: Pick<ControlEventOf<'asked'>, 'helper' | 'helperSays'>;
  readonly until: Instant;
}

export interface SharerState {
  readonly stage: Stage;
  readonly asking: Asking;
  /** When the question, and later the session, ends by itself. By this machine's clock. */
  readonly until: Instant;
  readonly connection: 'connecting' | 'open' | 'broken';
  readonly seenBy: readonly SeenBy[];
  readonly chat: readonly ChatLine[];
  readonly isChatBlocked: boolean;
  readonly prompts: readonly Prompt[];
  readonly isPaused: boolean;
  /** Whether anything the helper's end sent was not what it should be. */
  readonly isPairRefused: boolean;
}

const MOST_CHAT = 500;

export function withChat(state: SharerState, line: ChatLine): SharerState {
  if (state.chat.some(({ id, from }) => id === line.id && from?.userId === line.from?.userId)) return state;
  return { ...state, chat: [...state.chat, line].slice(-MOST_CHAT) };
}

/** One entry for each connection. */
export function withSeenBy(state: SharerState, seen: SeenBy): SharerState {
  const others = state.seenBy.filter(({ connectionId }) => connectionId !== seen.connectionId);
  return { ...state, seenBy: [...others, seen] };
}

export function withoutSeenBy(state: SharerState, isGone: (seen: SeenBy) => boolean): SharerState {
  return { ...state, seenBy: state.seenBy.filter((seen) => !isGone(seen)) };
}

export function withPrompt(state: SharerState, prompt: Prompt): SharerState {
  return { ...withoutPrompt(state, prompt.promptId), prompts: [...state.prompts, prompt] };
}

export function withoutPrompt(state: SharerState, promptId: string): SharerState {
  return { ...state, prompts: state.prompts.filter((each) => each.promptId !== promptId) };
}
