/** The person at the device, as the device's end of a session sees him: what he is asked, decides, and is shown. */
import type { Assurance, ControlEventOf, SessionGrants } from '@open-remote-help/protocol/events';
import type { Instant } from './clock.ts';

type Asked = ControlEventOf<'requested'>;

/** Who asks, as the server verified it. */
export type Helper = Asked['helper'];

/** A question for the person at the device. */
export interface Question {
  /** A helper wants a session, another one wants in, or one who is in wants to do more. */
  readonly kind: 'session' | 'access' | 'rights';
  readonly sessionKey: string;
  /** Absent for the session itself. */
  readonly promptId?: string;
  readonly helper: Helper;
  /** His own words, which nobody verified. */
  readonly helperSays: Asked['helperSays'];
  /** The most that he could be granted; for `access`, what all helpers are granted. */
  readonly wants: SessionGrants;
  /** When the question is taken away, by this machine's clock. */
  readonly until: Instant;
  /** Without an answer it is accepted then: it was switched on here, on this device, that nobody need be there. */
  readonly isUnattended: boolean;
}

export type Decision =
  | { readonly kind: 'accept'; readonly grants: SessionGrants }
  | { readonly kind: 'decline'; readonly isReported: boolean };

/** What he is shown; it happens without him. */
export type Notice =
  | { readonly kind: 'online' }
  | { readonly kind: 'offline' }
  | { readonly kind: 'withdrawn'; readonly why: 'timedOut' | 'byServer' }
  | { readonly kind: 'refusedUnattended' | 'refusedUnasked'; readonly helper: Helper }
  | {
      readonly kind: 'began';
      readonly helper: Helper;
      readonly grants: SessionGrants;
      readonly expiresAt: Instant;
      /** To when it can be extended on this device; absent when that is its end already. */
      readonly latestAt?: Instant;
    }
  | { readonly kind: 'granted'; readonly grants: SessionGrants }
  | { readonly kind: 'presence'; readonly userId: string; readonly name: string; readonly isPresent: boolean }
  | { readonly kind: 'looking'; readonly userId: string; readonly name: string; readonly isLooking: boolean }
  | { readonly kind: 'interrupted' | 'resumed' }
  | { readonly kind: 'sealed'; readonly userId: string; readonly name: string; readonly assurance: Assurance }
  | { readonly kind: 'chat'; readonly name: string; readonly text: string }
  | { readonly kind: 'renewed'; readonly expiresAt: Instant }
  | { readonly kind: 'policy'; readonly isChatBlocked: boolean }
  | { readonly kind: 'failed'; readonly what: string; readonly why: string }
  | { readonly kind: 'ended'; readonly reason: ControlEventOf<'ended'>['reason'] };

export interface Sharer {
  /**
   * Puts a question, and takes it away when the signal aborts; what is decided then counts for nothing. Settles once the
   * question is off the screen, and not before: until then no helper's input reaches it.
   */
  decide(question: Question, signal: AbortSignal): Promise<Decision>;
  notice(notice: Notice): void;
}

export {
  ALL_GRANTS as EVERYTHING,
  NO_GRANTS as NOTHING,
  narrower,
  sameGrants,
  VIEW_ALONE,
  wider,
} from '@open-remote-help/protocol/events';
