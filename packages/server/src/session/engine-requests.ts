/** What the engine is asked with, and what it answers; members of answers are named as Graph names them. */
import type { Caller } from '../access/caller.ts';
import type { PairKeys } from './pair-keys.ts';
import type { ConnectionId, Grants, SessionId, SessionKey, SessionType } from './session.ts';
import type { HelperSecrets } from './session-rows.ts';

/** Who calls through the API, in which request. */
export interface Requester {
  readonly caller: Caller;
  readonly ipAddress: string | null;
  /** The request-id. */
  readonly correlationId: string;
  /** Scheme and host that the request was addressed to; access URIs take them. */
  readonly origin: string;
}

/** A device that proved its key. */
export interface DeviceRequester {
  readonly tenantId: string;
  readonly deviceId: string;
  readonly ipAddress: string | null;
  readonly correlationId: string;
  readonly origin: string;
}

export interface CreateRequest {
  readonly deviceId: string;
  /** As the client sent it. */
  readonly sessionType: unknown;
  readonly reason?: string | null;
  readonly ticket?: string | null;
  /** The client's own `client-request-id`. */
  readonly clientRequestId?: string;
  /** Whether `Retry-Attempt` came with it. */
  readonly isRetry?: boolean;
}

export interface CreateAnswer {
  readonly id: SessionId;
  readonly sessionKey: SessionKey;
  readonly sessionType: SessionType;
}

/** `extendRemoteHelpSessionResponse`; without the secrets for anyone but a helper of the session. */
export interface LeaseAnswer extends Partial<HelperSecrets> {
  readonly id: SessionId;
  readonly sessionKey: SessionKey;
  readonly sessionExpirationDateTime: string;
}

/** `retrieveRemoteHelpSessionResponse`. */
export interface RetrieveAnswer extends HelperSecrets {
  readonly id: SessionId;
  readonly sessionKey: SessionKey;
  readonly acsHelperUserId: string;
  readonly acsSharerUserId: string;
  readonly acsGroupId: string;
  readonly sessionType: SessionType;
  readonly deviceName: string;
  readonly pubSubGroupId: string;
  readonly sessionExpirationDateTime: string;
  readonly webClientUri: null;
}

/** `requestRemoteHelpSessionAccessResponse`: key and initialisation vector in base64. */
export interface AccessAnswer {
  readonly id: SessionId;
  readonly sessionKey: SessionKey;
  readonly sessionType: SessionType;
  readonly pubSubEncryptionKey: string;
  readonly pubSubEncryption: string;
}

/** What a device needs to take part, and the keys of each helper's connection that is in. */
export interface JoinAnswer {
  readonly id: SessionId;
  readonly sessionKey: SessionKey;
  readonly state: 'requested' | 'active';
  readonly sessionType: SessionType;
  readonly grants: Grants | null;
  readonly acsSharerUserId: string;
  readonly acsSharerUserToken: string;
  readonly acsGroupId: string;
  readonly pubSubGroupId: string;
  readonly pubSubSharerAccessUri: string;
  readonly sessionExpirationDateTime: string;
  readonly isChatBlocked: boolean;
  readonly connections: readonly ({ readonly connectionId: ConnectionId; readonly helperId: string } & PairKeys)[];
}
