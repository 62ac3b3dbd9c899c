/** What a transition asks of the world. Each effect may be carried out twice: nothing happens the second time. */
import type {
  ConnectionId,
  DeviceId,
  EndReason,
  Grants,
  PartyName,
  Prompt,
  SessionId,
  SessionType,
} from './session.ts';

/** Who asks, as the sharer is told: from verified claims alone. */
export interface HelperName {
  readonly objectId: string;
  readonly displayName: string | null;
  readonly userPrincipalName: string | null;
}

/** What the server tells the ends of a session. Holds no secret; instants are DateTimeOffset texts. */
export type SessionEvent =
  | {
      readonly type: 'requested';
      readonly helper: HelperName;
      readonly sessionType: SessionType;
      readonly reason: string | null;
      readonly ticket: string | null;
      readonly consentUntil: string;
    }
  | {
      /** The sharer is asked once more: another helper wants in, or one who is in wants more. */
      readonly type: 'asked';
      readonly promptId: string;
      readonly kind: Prompt['kind'];
      readonly helper: HelperName;
      readonly wants: Grants;
      readonly until: string;
    }
  | { readonly type: 'withdrawn'; readonly promptId: string }
  | {
      readonly type: 'consent';
      readonly decision: 'granted' | 'declined' | 'timedOut';
      readonly kind: 'session' | Prompt['kind'];
    }
  | { readonly type: 'granted'; readonly grants: Grants }
  | { readonly type: 'leaseRenewed'; readonly expiresAt: string }
  | {
      readonly type: 'presence';
      readonly party: PartyName;
      readonly isPresent: boolean;
      /** The connection that came in, or went as the last of its party: keys go by pairs of connections. */
      readonly connectionId: ConnectionId;
    }
  | { readonly type: 'policy'; readonly isChatBlocked: boolean }
  | { readonly type: 'ended'; readonly reason: EndReason };

/** An event as it travels. `version` grows with each transition of the session: what comes twice is known by it. */
export interface SessionMessage {
  readonly sessionId: SessionId;
  readonly version: number;
  readonly event: SessionEvent;
}

export type Effect =
  | {
      readonly kind: 'tellDevice';
      readonly tenantId: string;
      readonly deviceId: DeviceId;
      readonly event: SessionEvent;
    }
  | { readonly kind: 'tell'; readonly parties: readonly PartyName[] | 'all'; readonly event: SessionEvent }
  | { readonly kind: 'tellConnection'; readonly connectionId: ConnectionId; readonly event: SessionEvent }
  | { readonly kind: 'admit'; readonly connectionId: ConnectionId; readonly groupId: string }
  | { readonly kind: 'closeConnection'; readonly connectionId: ConnectionId }
  | { readonly kind: 'closeSession' }
  | { readonly kind: 'revokeTokens'; readonly identities: readonly string[] }
  /** Of no session: the tenant changed something on which its live sessions stand. */
  | { readonly kind: 'recheck'; readonly tenantId: string };
