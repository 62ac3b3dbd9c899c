/** A session as it begins. Pure; what is random is given. */
import { allowedRemoteAssistanceActions } from '@open-remote-help/protocol';
import type { Instant } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type {
  Person,
  RequestedSession,
  SessionDevice,
  SessionId,
  SessionKey,
  SessionSettings,
  SessionType,
} from './session.ts';
import { textOf } from './steps.ts';

const LONGEST_REASON = 500;
const LONGEST_TICKET = 100;

/** What a helper asks for. */
export interface Wish {
  readonly type: SessionType;
  readonly reason: string | null;
  readonly ticket: string | null;
}

/** What the session is made of besides. */
export interface Ingredients {
  readonly id: SessionId;
  readonly key: SessionKey;
  readonly tenantId: string;
  readonly device: SessionDevice;
  readonly creator: Person;
  readonly helperIdentity: string;
  readonly sharerIdentity: string;
  readonly acsGroupId: string;
  readonly groupId: string;
  readonly isChatBlocked: boolean;
}

/**
 * Reads what a client sent as `sessionType`: the name of one member, in any case, as Graph's clients write it.
 * @throws DomainError `badRequest`
 */
export function readSessionType(text: unknown): SessionType {
  const wanted = typeof text === 'string' ? text.trim().toLowerCase() : '';
  const name = Object.keys(allowedRemoteAssistanceActions.members).find((member) => member.toLowerCase() === wanted);
  if (name === 'viewScreen' || name === 'takeFullControl' || name === 'unattended') return name;
  const problem = name === 'elevation' ? 'No device offers elevation yet.' : 'There is no such session type.';
  throw new DomainError('badRequest', `${problem} Use viewScreen, takeFullControl or unattended.`, {
    target: 'sessionType',
  });
}

/** Reason and ticket as the helper wrote them. @throws DomainError `badRequest` for one that is too long */
export function readWish(sessionType: unknown, reason: string | null = null, ticket: string | null = null): Wish {
  refuseLonger('reason', reason, LONGEST_REASON);
  refuseLonger('ticket', ticket, LONGEST_TICKET);
  return { type: readSessionType(sessionType), reason, ticket };
}

function refuseLonger(target: string, text: string | null, most: number): void {
  if (text === null || [...text].length <= most) return;
  throw new DomainError('badRequest', `${target} has more than ${most} characters.`, { target });
}

/** The session as requested now: the lease starts at creation (SES-3), consent has its own time (SES-2). */
export function newSession(
  ingredients: Ingredients,
  { type, reason, ticket }: Wish,
  now: Instant,
  settings: SessionSettings,
): RequestedSession {
  const { creator, helperIdentity, ...rest } = ingredients;
  const capAt = now + settings.capMs;
  const expiresAt = Math.min(now + settings.leaseMs, capAt);
  return {
    ...rest,
    state: 'requested',
    type,
    reason,
    ticket,
    creatorId: creator.objectId,
    helpers: [{ ...creator, access: 'known', identity: helperIdentity }],
    createdAt: now,
    capAt,
    lease: { expiresAt, text: textOf(expiresAt), generation: 1 },
    consentUntil: now + settings.consentMs,
    connections: [],
    version: 1,
  };
}
