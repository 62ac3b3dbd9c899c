/** When something must happen to a session though nobody asks. Deadlines are instants in the session's data (SES-9). */
import type { Instant } from '../clock.ts';
import type { EndReason, Session } from './session.ts';

/** What becomes due: an end with its reason, a prompt that is withdrawn, or an ended session that is forgotten. */
export type Deadline =
  | { readonly kind: 'end'; readonly at: Instant; readonly reason: EndReason }
  | { readonly kind: 'withdraw'; readonly at: Instant; readonly promptId: string }
  | { readonly kind: 'forget'; readonly at: Instant };

/** Every deadline that a session has now; where two fall together the first one counts. */
export function deadlinesOf(session: Session): readonly Deadline[] {
  switch (session.state) {
    case 'requested':
      return [leaseEnd(session), { kind: 'end', at: session.consentUntil, reason: 'timedOut' }];
    case 'active': {
      const { helperDueAt, sharerDueAt, prompts } = session;
      const away: Deadline[] = [];
      if (sharerDueAt !== undefined) away.push({ kind: 'end', at: sharerDueAt, reason: 'sharerLeft' });
      if (helperDueAt !== undefined) away.push({ kind: 'end', at: helperDueAt, reason: 'helperLeft' });
      const open = prompts.map(({ id, until }): Deadline => ({ kind: 'withdraw', at: until, promptId: id }));
      return [leaseEnd(session), ...away, ...open];
    }
    case 'ended':
      return [{ kind: 'forget', at: session.forgetAt }];
  }
}

/** The earliest deadline. A session always has one, so that none lives on for ever. */
export function nextDeadline(session: Session): Deadline {
  return deadlinesOf(session).reduce((first, deadline) => (deadline.at < first.at ? deadline : first));
}

/** The earliest deadline that has come: at its very instant it has (SES-4). */
export function dueDeadline(session: Session, now: Instant): Deadline | undefined {
  const next = nextDeadline(session);
  return now >= next.at ? next : undefined;
}

function leaseEnd({ lease, capAt }: Session): Deadline {
  return { kind: 'end', at: Math.min(lease.expiresAt, capAt), reason: 'expired' };
}
