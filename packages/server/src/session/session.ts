/** A help session as data: what it is in each of its states, and the settings that it runs under. */
import { ALL_GRANTS, type END_REASONS, type SessionGrants, VIEW_ALONE } from '@open-remote-help/protocol/events';
import type { Instant } from '../clock.ts';

/** What the device lets helpers do. */
export type Grants = SessionGrants;
export { NO_GRANTS, narrower, sameGrants, wider } from '@open-remote-help/protocol/events';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** Names a session inside the server, a UUIDv7; also the id of the four records that tell of it while it is live. */
export type SessionId = Branded<'SessionId'>;
/** Identifies a session to those who take part in it; see `session-key.ts`. */
export type SessionKey = Branded<'SessionKey'>;
/** One connection of the real-time gateway. */
export type ConnectionId = Branded<'ConnectionId'>;
/** The id of a `managedDevice`. */
export type DeviceId = Branded<'DeviceId'>;

/** One member of `allowedRemoteAssistanceActions`; `elevation` waits for a device that offers it. */
export type SessionType = 'viewScreen' | 'takeFullControl' | 'unattended';

/** Whose connection: the device's, or that of the helper with this object id. */
export type PartyName = 'sharer' | `helper:${string}`;

/** Someone with a right to help, as verified claims name him, and what later checks of that right need. */
export interface Person {
  readonly objectId: string;
  readonly displayName: string | null;
  readonly userPrincipalName: string | null;
  /** The name of his organisation by the setting of the issuer, not by anything that he can edit. */
  readonly organization: string;
  readonly groups: readonly string[];
  readonly directoryRoles: readonly string[];
  /** Of his token: whose accounts are local is asked again with his rights. */
  readonly issuer: string;
}

/** `known` may open a connection that waits; `asked` waits for the sharer; `admitted` may join the session's group. */
export type HelperAccess = 'known' | 'asked' | 'admitted' | 'refused';

export interface Helper extends Person {
  readonly access: HelperAccess;
  /** The communication identity, `8:acs:{guid}_{guid}`, made for this session alone. */
  readonly identity: string;
}

export interface Connection {
  readonly id: ConnectionId;
  readonly party: PartyName;
  /** Whether it is in the session's group. */
  readonly isAdmitted: boolean;
  /** The node that holds it; empty until that node has said so. */
  readonly nodeId: string;
}

/** The session's lease: what its extendRemoteHelpSessionResponse says. */
export interface Lease {
  readonly expiresAt: Instant;
  /** The same instant as clients read it: as sent in a PATCH, else UTC in milliseconds. */
  readonly text: string;
  /** Grows with each extension; access URIs of an earlier one open no new connection. */
  readonly generation: number;
}

/** A question on the device beyond the first one. */
export interface Prompt {
  readonly id: string;
  /** Another helper wants in, or one who is in wants to do more. */
  readonly kind: 'access' | 'rights';
  readonly helperId: string;
  readonly wants: Grants;
  /** Nobody answered by then: it is withdrawn. */
  readonly until: Instant;
}

export type EndReason = (typeof END_REASONS)[number];

export interface SessionDevice {
  readonly id: DeviceId;
  readonly name: string;
  /** Of the key with which it was enrolled when the session began; null for one that an admin entered. */
  readonly keyThumbprint: string | null;
  /** Of a page in a browser, which is a device for this session alone. */
  readonly isUnenrolled?: true;
}

interface Facts {
  readonly id: SessionId;
  readonly tenantId: string;
  readonly key: SessionKey;
  readonly type: SessionType;
  readonly device: SessionDevice;
  /** Object id of the helper who created it. */
  readonly creatorId: string;
  readonly helpers: readonly Helper[];
  readonly sharerIdentity: string;
  /** The communication group, and the group on the real-time gateway. */
  readonly acsGroupId: string;
  readonly groupId: string;
  /** The helper's words, shown to the sharer as such. */
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly createdAt: Instant;
  /** No lease reaches beyond. */
  readonly capAt: Instant;
  readonly lease: Lease;
  /** 1 at creation, one more with each transition; equals the stored version. */
  readonly version: number;
}

interface Live extends Facts {
  readonly connections: readonly Connection[];
  /** Whether the tenant has switched chat off. */
  readonly isChatBlocked: boolean;
}

/** The sharer has been asked. */
export interface RequestedSession extends Live {
  readonly state: 'requested';
  /** Without an answer by then it has timed out. */
  readonly consentUntil: Instant;
}

/** The device has accepted. */
export interface ActiveSession extends Live {
  readonly state: 'active';
  readonly acceptedAt: Instant;
  readonly grants: Grants;
  readonly prompts: readonly Prompt[];
  /** While no admitted helper is connected: when the session ends for want of one. */
  readonly helperDueAt?: Instant;
  /** While the device is not connected: when the session ends for want of it. */
  readonly sharerDueAt?: Instant;
}

export interface EndedSession extends Facts {
  readonly state: 'ended';
  readonly acceptedAt?: Instant;
  readonly grants?: Grants;
  readonly endedAt: Instant;
  readonly endReason: EndReason;
  /** Who ended it, as its participants are told; null for the server itself. */
  readonly endedBy: string | null;
  /** When the server drops what only the session's last moments need. */
  readonly forgetAt: Instant;
}

export type LiveSession = RequestedSession | ActiveSession;
export type Session = LiveSession | EndedSession;
export type SessionState = Session['state'];

/** Durations in milliseconds. */
export interface SessionSettings {
  /** How long a session waits for consent, and a prompt for its answer. */
  readonly consentMs: number;
  readonly leaseMs: number;
  /** Longest life of a session, extensions included. */
  readonly capMs: number;
  /** How long either side may be away, and a helper may take to join after consent. */
  readonly awayMs: number;
  /** First wait after a decline; it doubles up to `longestBackOffMs`. */
  readonly backOffMs: number;
  readonly longestBackOffMs: number;
  readonly promptsPerHour: number;
  /** How long a page may be away: it comes back within that, or is gone with its picture. */
  readonly pageAwayMs: number;
  /** Most helpers that a session comes to know, and connections that a party may hold. */
  readonly mostHelpers: number;
  readonly mostConnections: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const DEFAULT_SETTINGS: SessionSettings = {
  consentMs: 5 * MINUTE,
  leaseMs: 60 * MINUTE,
  capMs: 8 * 60 * MINUTE,
  awayMs: MINUTE,
  backOffMs: 30 * SECOND,
  longestBackOffMs: 10 * MINUTE,
  promptsPerHour: 3,
  pageAwayMs: 1_000,
  mostHelpers: 16,
  mostConnections: 8,
};

/** How long an ended session is still known to the engine: replays, and nodes that were away, hear of its end. */
export const REMEMBERED_MS = 10 * MINUTE;

/** The most that a session of this type may grant. */
export function ceilingOf(type: SessionType): Grants {
  return type === 'viewScreen' ? VIEW_ALONE : ALL_GRANTS;
}

export function isLive(session: Session): session is LiveSession {
  return session.state !== 'ended';
}

/** How long the session waits for its sharer to come back. */
export function sharerAwayMs({ device }: Pick<Session, 'device'>, { awayMs, pageAwayMs }: SessionSettings): number {
  return device.isUnenrolled ? pageAwayMs : awayMs;
}

export function helperParty(objectId: string): PartyName {
  return `helper:${objectId}`;
}

export function helperOf(session: Session, objectId: string): Helper | undefined {
  return session.helpers.find((helper) => helper.objectId === objectId);
}
