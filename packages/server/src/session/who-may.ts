/** Who may call what on a session (SES-14), as one table; `docs/spec/session.md` shows the same. */
import type { AuditActor } from '../access/audit-record.ts';
import { type DeviceId, helperOf, type Person, type Session, type SessionState } from './session.ts';

/** Who calls, as a verified token or a device's key says. */
export type Actor =
  | {
      readonly kind: 'person';
      readonly person: Person;
      /** Whether a role assignment whose scope holds the device allows him this session type. */
      readonly mayHelp: boolean;
      readonly isAdmin: boolean;
      readonly audit: AuditActor;
    }
  | { readonly kind: 'application'; readonly audit: AuditActor }
  | { readonly kind: 'device'; readonly deviceId: DeviceId; readonly audit: AuditActor };

/** What an actor is to one session. A person may be several things at once; what any of them may, he may. */
export type Role = 'creator' | 'admittedHelper' | 'otherHelper' | 'admin' | 'application' | 'device' | 'stranger';

/**
 * `answer` stands for the device's accept, decline and narrow, `join` for fetching its access URI, `openRelay` and
 * `joinRelay` for getting a grant for a relay.
 */
export type Operation =
  | 'create'
  | 'list'
  | 'retrieve'
  | 'requestAccess'
  | 'requestRights'
  | 'extend'
  | 'end'
  | 'join'
  | 'answer'
  | 'openRelay'
  | 'joinRelay';

/** `asks`: the sharer is asked, and until he answers it is as `pending`: 409. `no` is 403, `gone` 404. */
export type Verdict = 'yes' | 'asks' | 'pending' | 'no' | 'gone';

/** Verdicts in the order requested, active, ended. */
type Row = Readonly<Record<Role, readonly [Verdict, Verdict, Verdict]>>;

const YES = ['yes', 'yes', 'yes'] as const;
const NO = ['no', 'no', 'no'] as const;
const LIVE = ['yes', 'yes', 'gone'] as const;
const NOT_HIS = ['no', 'no', 'gone'] as const;
const AFTER_CONSENT = ['pending', 'yes', 'gone'] as const;

/** Nobody, but for those that a row names. */
const NOBODY: Row = {
  creator: NOT_HIS,
  admittedHelper: NOT_HIS,
  otherHelper: NOT_HIS,
  admin: NOT_HIS,
  application: NOT_HIS,
  device: NOT_HIS,
  stranger: NOT_HIS,
};

export const WHO_MAY: Readonly<Record<Operation, Row>> = {
  create: {
    creator: YES,
    admittedHelper: YES,
    otherHelper: YES,
    admin: NO,
    application: NO,
    device: NO,
    stranger: NO,
  },
  list: {
    creator: YES,
    admittedHelper: YES,
    otherHelper: YES,
    admin: YES,
    application: YES,
    device: NO,
    stranger: YES,
  },
  retrieve: { ...NOBODY, creator: LIVE, admittedHelper: LIVE, otherHelper: LIVE },
  requestAccess: {
    ...NOBODY,
    creator: AFTER_CONSENT,
    admittedHelper: AFTER_CONSENT,
    otherHelper: ['pending', 'asks', 'gone'],
  },
  requestRights: { ...NOBODY, creator: AFTER_CONSENT, admittedHelper: AFTER_CONSENT },
  extend: { ...NOBODY, creator: LIVE, admittedHelper: LIVE, admin: LIVE, application: LIVE },
  end: { ...NOBODY, creator: LIVE, admittedHelper: LIVE, admin: LIVE, application: LIVE, device: LIVE },
  join: { ...NOBODY, device: LIVE },
  answer: { ...NOBODY, device: LIVE },
  openRelay: { ...NOBODY, creator: AFTER_CONSENT, admittedHelper: AFTER_CONSENT },
  joinRelay: { ...NOBODY, device: AFTER_CONSENT },
};

const STATES: readonly SessionState[] = ['requested', 'active', 'ended'];
const BEST_FIRST: readonly Verdict[] = ['yes', 'asks', 'pending', 'no', 'gone'];

/** The verdict of one cell. */
export function verdictOf(operation: Operation, role: Role, state: SessionState): Verdict {
  return WHO_MAY[operation][role][STATES.indexOf(state)] ?? 'no';
}

/** Everything that an actor is to a session; without one, to sessions at large. */
export function rolesOf(actor: Actor, session?: Session): readonly Role[] {
  if (actor.kind === 'application') return ['application'];
  if (actor.kind === 'device') return [session?.device.id === actor.deviceId ? 'device' : 'stranger'];
  const { objectId } = actor.person;
  const roles: Role[] = [];
  if (session?.creatorId === objectId) roles.push('creator');
  else if (session && helperOf(session, objectId)?.access === 'admitted') roles.push('admittedHelper');
  if (actor.mayHelp) roles.push('otherHelper');
  if (actor.isAdmin) roles.push('admin');
  return roles.length === 0 ? ['stranger'] : roles;
}

/** The best verdict that any of the actor's roles gives. */
export function judge(operation: Operation, actor: Actor, session: Session): Verdict {
  const verdicts = rolesOf(actor, session).map((role) => verdictOf(operation, role, session.state));
  return BEST_FIRST.find((verdict) => verdicts.includes(verdict)) ?? 'no';
}

/** Whether the actor may create sessions at all; the device's own conditions come after. */
export function mayCreate(actor: Actor): boolean {
  return rolesOf(actor).some((role) => verdictOf('create', role, 'requested') === 'yes');
}
