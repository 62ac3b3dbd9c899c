/** What the helper's end knows of its session at one moment, and how events change it. Pure. */
import {
  type Allowance,
  type Assurance,
  type ControlEvent,
  type ControlEventOf,
  NOTHING_ALLOWED,
  type PeerEvent,
  type PeerEventOf,
  type SessionGrants,
  type UnknownEvent,
} from '@open-remote-help/protocol/events';
import { type Instant, instantOf } from '../clock.ts';
import type { PictureState } from './picture.ts';
import type { SessionRecord } from './session-server.ts';

export type EndReason = ControlEventOf<'ended'>['reason'];

/** Where this helper stands in the session. Instants are the server's. */
export type Stage =
  | { readonly kind: 'connecting' }
  /** The sharer was asked, for the session itself or to let this helper in. */
  | { readonly kind: 'waiting'; readonly kindOfConsent: 'session' | 'access' }
  | { readonly kind: 'in' }
  /** The sharer let this helper not in; the session goes on without him. */
  | { readonly kind: 'refused'; readonly decision: 'declined' | 'timedOut'; readonly retryAt: Instant | undefined }
  /** He may not take part, but look at its record. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'over'; readonly reason: EndReason; readonly retryAt: Instant | undefined }
  /** Something that does not pass: it is no use to wait. */
  | { readonly kind: 'failed'; readonly message: string };

export interface ChatLine {
  readonly id: string;
  readonly from: 'helper' | 'sharer';
  readonly text: string;
  readonly at: Instant;
  /** Whether the sharer's end was there to read it. */
  readonly isDelivered: boolean;
}

export interface OtherHelper {
  readonly userId: string;
  readonly name: string;
}

/** What just happened, to be said in passing. Each has a number of its own. */
export type News = { readonly number: number } & (
  | { readonly kind: 'joined' | 'left'; readonly name: string }
  | {
      readonly kind:
        | 'sharerBack'
        | 'sharerAway'
        | 'extended'
        | 'chatBlocked'
        | 'chatAllowed'
        | 'inputMine'
        | 'inputGone';
    }
  | { readonly kind: 'rightsAnswered'; readonly decision: ControlEventOf<'consent'>['decision'] }
  | { readonly kind: 'granted' }
  | { readonly kind: 'clipboard' }
);
export type NewsKind = News['kind'];
type NewsOf<N> = N extends News ? Omit<N, 'number'> : never;
export type UnnumberedNews = NewsOf<News>;

export interface HelperState {
  readonly session: SessionRecord;
  readonly stage: Stage;
  /** Of the connection over which the server and the sharer's end are heard. */
  readonly connection: 'opening' | 'open' | 'broken';
  readonly expiresAt: Instant;
  /** What the lease can never go beyond. */
  readonly latestAt: Instant;
  /** What both the server and the sharer's end allow. */
  readonly allowance: Allowance;
  readonly serverGrants: SessionGrants | undefined;
  readonly deviceGrants: SessionGrants | undefined;
  readonly holdsInput: boolean;
  /** Who does, when it is another helper. */
  readonly inputHolder: string | null;
  readonly asksForInput: boolean;
  /** What was asked of the sharer beyond what is granted, and not answered yet. */
  readonly asksForRights: boolean;
  readonly assurance: Assurance | undefined;
  /** The device showed another key than it is known by: nothing passes until that is accepted. */
  readonly isKeyChanged: boolean;
  /** The other end showed keys that it should not have: somebody may be in between. */
  readonly isPairRefused: boolean;
  readonly chat: readonly ChatLine[];
  readonly helpers: readonly OtherHelper[];
  readonly isSharerPresent: boolean;
  readonly frozen:
    | { readonly cause: ControlEventOf<'frozen'>['cause']; readonly until: Instant | undefined }
    | undefined;
  readonly picture: PictureState;
  /** What the sharer copied last. */
  readonly clipboard: { readonly text: string; readonly at: Instant } | undefined;
  readonly news: News | undefined;
}

export function initialState(session: SessionRecord): HelperState {
  const expiresAt = instantOf(session.sessionExpirationDateTime) ?? 0;
  return {
    session,
    stage:
      session.state === 'ended'
        ? { kind: 'over', reason: endReasonOf(session), retryAt: undefined }
        : { kind: 'connecting' },
    connection: 'opening',
    expiresAt,
    latestAt: instantOf(session.latestExpirationDateTime) ?? expiresAt,
    allowance: NOTHING_ALLOWED,
    serverGrants: undefined,
    deviceGrants: undefined,
    holdsInput: false,
    inputHolder: null,
    asksForInput: false,
    asksForRights: false,
    assurance: undefined,
    isKeyChanged: false,
    isPairRefused: false,
    chat: [],
    helpers: [],
    isSharerPresent: true,
    frozen: undefined,
    picture: { kind: 'none' },
    clipboard: undefined,
    news: undefined,
  };
}

/** Why a session that is over ended. */
export function endReasonOf({ endReason }: SessionRecord): EndReason {
  return endReason === 'notEnded' ? 'failed' : (endReason as EndReason);
}

export function withNews(state: HelperState, news: UnnumberedNews): HelperState {
  return { ...state, news: { ...news, number: (state.news?.number ?? 0) + 1 } as News };
}

/** What may pass: nothing to or from an end whose key nobody has looked at, or accepted. */
export function passing({ allowance, assurance, isKeyChanged }: HelperState): Allowance {
  return assurance !== undefined && !isKeyChanged ? allowance : NOTHING_ALLOWED;
}

/** A fresh look at the session's record. */
export function looked(state: HelperState, session: SessionRecord): HelperState {
  const expiresAt = instantOf(session.sessionExpirationDateTime) ?? state.expiresAt;
  const seen = { ...state, session, expiresAt };
  return session.state !== 'requested' && session.grants ? allowedByServer(seen, session.grants) : seen;
}

/** Nothing is over twice, nor goes on after it. */
export function over(state: HelperState, reason: EndReason): HelperState {
  if (state.stage.kind === 'over') return state;
  const retryAt = state.stage.kind === 'refused' ? state.stage.retryAt : undefined;
  return { ...state, stage: { kind: 'over', reason, retryAt }, picture: { kind: 'none' } };
}

/**
 * What the server tells; what it takes an action for is done by who calls.
 * @param nameOf the name of a helper by the `userId` of events
 */
export function told(state: HelperState, event: ControlEvent, nameOf: (userId: string) => string): HelperState {
  switch (event.event) {
    case 'granted':
      return withNews(allowedByServer(state, event.grants), { kind: 'granted' });
    case 'policy':
      return policy(state, event.blockChat);
    case 'leaseRenewed':
      return withNews({ ...state, expiresAt: instantOf(event.expiresAt) ?? state.expiresAt }, { kind: 'extended' });
    case 'frozen': {
      const frozen = event.isFrozen ? { cause: event.cause, until: instantOf(event.until) } : undefined;
      return { ...state, frozen };
    }
    case 'presence':
      return event.party === 'sharer'
        ? withNews(
            { ...state, isSharerPresent: event.isPresent },
            { kind: event.isPresent ? 'sharerBack' : 'sharerAway' },
          )
        : otherHelper(state, { userId: event.userId, name: nameOf(event.userId) }, event.isPresent);
    case 'consent':
      return consented(state, event);
    case 'ended':
      return over(state, event.reason);
    default:
      return state;
  }
}

function consented(state: HelperState, { kind, decision, retryAt }: ControlEventOf<'consent'>): HelperState {
  if (kind === 'rights') return withNews({ ...state, asksForRights: false }, { kind: 'rightsAnswered', decision });
  if (decision === 'granted') return state;
  // For the session itself `ended` follows, and says why.
  return { ...state, stage: { kind: 'refused', decision, retryAt: instantOf(retryAt) } };
}

function policy(state: HelperState, blockChat: boolean): HelperState {
  const wasKnown = state.stage.kind === 'in';
  const next = { ...state, allowance: { ...state.allowance, blockChat } };
  if (!wasKnown || blockChat === state.allowance.blockChat) return next;
  return withNews(next, { kind: blockChat ? 'chatBlocked' : 'chatAllowed' });
}

function otherHelper(state: HelperState, helper: OtherHelper, isPresent: boolean): HelperState {
  const others = state.helpers.filter(({ userId }) => userId !== helper.userId);
  const helpers = isPresent ? [...others, helper] : others;
  return withNews({ ...state, helpers }, { kind: isPresent ? 'joined' : 'left', name: helper.name });
}

function allowedByServer(state: HelperState, grants: SessionGrants): HelperState {
  return withAllowance({ ...state, serverGrants: grants });
}

/** What the sharer's end says of rights is sealed, and what it acts on. */
/** What the sharer's end says; the rest of it goes the other way, brings the picture, or is of a later version. */
export function heard(state: HelperState, event: PeerEvent | UnknownEvent, at: Instant): HelperState {
  switch (event.event) {
    case 'chat':
      return withChat(state, { ...event, from: 'sharer', at, isDelivered: true });
    case 'rights':
      return toldRights(state, event);
    case 'clipboard':
      return withNews({ ...state, clipboard: { text: event.text, at } }, { kind: 'clipboard' });
    default:
      return state;
  }
}

function toldRights(state: HelperState, event: PeerEventOf<'rights'>): HelperState {
  const { grants, holdsInput, inputHolder } = event;
  const asksForInput = state.asksForInput && !holdsInput;
  const next = withAllowance({ ...state, deviceGrants: grants, holdsInput, inputHolder, asksForInput });
  if (state.deviceGrants === undefined || holdsInput === state.holdsInput) return next;
  return withNews(next, { kind: holdsInput ? 'inputMine' : 'inputGone' });
}

function withAllowance(state: HelperState): HelperState {
  const { serverGrants, deviceGrants, allowance } = state;
  const grants = serverGrants && (deviceGrants ? narrower(serverGrants, deviceGrants) : serverGrants);
  return { ...state, allowance: { ...allowance, grants: grants ?? NOTHING_ALLOWED.grants } };
}

/** What both grant. */
function narrower(a: SessionGrants, b: SessionGrants): SessionGrants {
  return {
    view: a.view && b.view,
    control: a.control && b.control,
    clipboardToHelper: a.clipboardToHelper && b.clipboardToHelper,
    clipboardToSharer: a.clipboardToSharer && b.clipboardToSharer,
  };
}

/** Older lines are forgotten: nobody reads so far back, and an end that floods fills no memory. */
const MOST_CHAT_LINES = 500;

export function withChat(state: HelperState, line: ChatLine): HelperState {
  return { ...state, chat: [...state.chat, line].slice(-MOST_CHAT_LINES) };
}

/** What may be asked of the sharer beyond what is granted; all false when there is nothing. */
export function rightsToAsk({ session, allowance }: HelperState): SessionGrants {
  const { grants } = allowance;
  const isControl = session.sessionType !== 'viewScreen';
  return {
    view: !grants.view,
    control: isControl && !grants.control,
    clipboardToHelper: isControl && !grants.clipboardToHelper,
    clipboardToSharer: isControl && !grants.clipboardToSharer,
  };
}
