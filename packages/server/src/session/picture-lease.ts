/** Who may have what brings a picture from browser to browser, and until when (SHR-17). */
import { DomainError } from '../errors.ts';
import { helperOf, type LiveSession } from './session.ts';
import { GONE, PENDING } from './steps.ts';

export interface PictureLease {
  readonly sessionId: string;
  /** Epoch milliseconds: that of the session's lease as it is. */
  readonly expiresAt: number;
}

/**
 * @param session undefined where there is none that is live
 * @param helperId whose question it is; undefined for the device's own
 * @throws DomainError `notFound`, `consentPending`, `forbidden`
 */
export function pictureLease(session: LiveSession | undefined, helperId: string | undefined): PictureLease {
  if (!session) throw new DomainError(GONE.code, GONE.message);
  const helper = helperId === undefined ? undefined : helperOf(session, helperId);
  if (helperId !== undefined && !helper) throw new DomainError('forbidden', 'You do not take part in this session.');
  if (session.state === 'requested') throw new DomainError(PENDING.code, PENDING.message);
  if (helper && helper.access !== 'admitted') throw new DomainError('forbidden', 'You are not let in yet.');
  if (!session.grants.view) throw new DomainError('forbidden', 'The sharer does not allow the view.');
  return { sessionId: session.id, expiresAt: Math.min(session.lease.expiresAt, session.capAt) };
}
