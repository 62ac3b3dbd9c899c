/** What the helper's end of a session asks of the server: Graph's operations, and what Graph has no word for. */
import type {
  extendRemoteHelpSessionResponse,
  Of,
  remoteHelpSession,
  requestRemoteHelpSessionAccessResponse,
  retrieveRemoteHelpSessionResponse,
} from '@open-remote-help/protocol';
import type { PairKeyTexts, SessionGrants } from '@open-remote-help/protocol/events';
import { type RelayOffer, readRelayOffer } from '@open-remote-help/protocol/relay';
import { type Instant, instantOf } from '../clock.ts';
import { type GraphClient, quoted } from '../graph/client.ts';
import { GraphError } from '../graph/graph-error.ts';

/** A session as everybody with the permission may read it. */
export type SessionRecord = Of<typeof remoteHelpSession>;

/** What names a session to its operations. */
export type SessionName = Pick<SessionRecord, 'id' | 'sessionKey' | 'deviceId'>;

export interface SessionAccess {
  readonly accessUri: string;
  readonly groupId: string;
  /** By the server's clock. */
  readonly expiresAt: Instant;
}

/** Every method throws `GraphError`. */
export interface SessionServer {
  look(id: string): Promise<SessionRecord>;
  retrieve(session: SessionName): Promise<SessionAccess>;
  /** Lets the connection in; `consentPending` while the sharer has not answered. */
  requestAccess(session: SessionName, connectionId: string): Promise<PairKeyTexts>;
  openRelay(session: SessionName, connectionId: string): Promise<RelayOffer>;
  requestRights(session: SessionName, wants: SessionGrants): Promise<void>;
  /** @returns when the session ends now, by the server's clock */
  extend(session: SessionName): Promise<Instant>;
  end(session: SessionName): Promise<void>;
  /** The present by the server's clock, as far as its answers tell. */
  now(): Instant;
}

/** What is used of the typed client. */
export type GraphPort = Pick<GraphClient, 'get' | 'post'>;

export const SESSIONS = 'remoteHelp/sessions';

/** `sessionType` of `createRemoteHelpSession`, least first. */
export const REQUESTABLE_TYPES = ['viewScreen', 'takeFullControl', 'unattended'] as const;
export type RequestableType = (typeof REQUESTABLE_TYPES)[number];

export interface SessionRequest {
  readonly deviceId: string;
  readonly sessionType: RequestableType;
  /** The helper's own words; empty for none. */
  readonly reason: string;
  readonly ticket: string;
}

/**
 * Asks the device for a session.
 * @param clientRequestId the same one again is answered with the same session (SES-1.2)
 * @throws GraphError `sessionInProgress`, `tooManyRequests`, `forbidden`
 */
export function createSession(
  graph: GraphPort,
  { deviceId, sessionType, reason, ticket }: SessionRequest,
  clientRequestId: string,
): Promise<{ readonly id: string; readonly sessionKey: string }> {
  const body = {
    sessionType,
    ...(reason === '' ? {} : { '@openRemoteHelp.reason': reason }),
    ...(ticket === '' ? {} : { '@openRemoteHelp.ticket': ticket }),
  };
  const headers = { 'client-request-id': clientRequestId };
  return graph.post(operation({ deviceId }, 'createRemoteHelpSession'), body, { headers });
}

/** Which of the types the caller may ask of the device; none while remote help is switched off. @throws GraphError */
export async function allowedTypes(
  graph: GraphPort,
  deviceId: string,
  tenantId: string,
): Promise<readonly RequestableType[]> {
  const sharer = `sharerAadDeviceId=${quoted(deviceId)},sharerDeviceIntuneMDMEnrolled=true,sharerId=''`;
  const parameters = `${sharer},sharerTenantId=${quoted(tenantId)}`;
  const { value } = await graph.get<{ value: string }>(
    `deviceManagement/getAllowedRemoteAssistanceActions(${parameters})`,
  );
  const allowed = value.split(',').map((each) => each.trim());
  return REQUESTABLE_TYPES.filter((type) => allowed.includes(type));
}

/** The port over the API. @param now the present by the server's clock */
export function sessionServer(graph: GraphPort, now: () => Instant): SessionServer {
  return {
    look: (id) => graph.get(own({ id })),
    async retrieve(session) {
      const path = operation(session, `retrieveRemoteHelpSession(sessionKey=${quoted(session.sessionKey)})`);
      const retrieved = await graph.get<Of<typeof retrieveRemoteHelpSessionResponse>>(path);
      return {
        accessUri: retrieved.pubSubHelperAccessUri,
        groupId: retrieved.pubSubGroupId,
        expiresAt: instantOf(retrieved.sessionExpirationDateTime) ?? 0,
      };
    },
    async requestAccess(session, pubSubConnectionId) {
      const access = await graph.post<Of<typeof requestRemoteHelpSessionAccessResponse>>(
        operation(session, 'requestRemoteHelpSessionAccess'),
        { sessionKey: session.sessionKey, pubSubConnectionId },
      );
      return { key: access.pubSubEncryptionKey, iv: access.pubSubEncryption };
    },
    openRelay: async (session, pubSubConnectionId) =>
      readRelayOffer(await graph.post(`${own(session)}/openRelay`, { pubSubConnectionId })),
    requestRights: (session, wants) => graph.post(`${own(session)}/requestRights`, wants),
    async extend(session) {
      const { sessionKey } = session;
      const extended = await graph.post<Of<typeof extendRemoteHelpSessionResponse>>(
        operation(session, 'extendRemoteHelpSession'),
        { sessionKey },
      );
      return instantOf(extended.sessionExpirationDateTime) ?? 0;
    },
    end: (session) => endSession(graph, session),
    now,
  };
}

/** Ends a session for everybody. @throws GraphError */
export function endSession(graph: GraphPort, session: SessionName): Promise<void> {
  return graph.post(operation(session, 'endRemoteHelpSession'), { sessionKey: session.sessionKey });
}

/** Whether the same may succeed in a moment. */
export function isPassing(error: unknown): error is GraphError {
  return error instanceof GraphError && (error.status === 0 || error.status === 429 || error.status >= 500);
}

function operation({ deviceId }: Pick<SessionName, 'deviceId'>, name: string): string {
  return `deviceManagement/managedDevices/${encodeURIComponent(deviceId)}/${name}`;
}

function own({ id }: Pick<SessionName, 'id'>): string {
  return `${SESSIONS}/${encodeURIComponent(id)}`;
}
