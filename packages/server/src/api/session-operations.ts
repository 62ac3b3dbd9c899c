/** The operations of help sessions, as Graph names them, over the session engine. */
import { type EntitySet, remoteHelpResponseSets, remoteHelpSessions } from '@open-remote-help/protocol';
import type { Caller } from '../access/caller.ts';
import { type IceSettings, iceServersFor } from '../access/ice-servers.ts';
import { DomainError } from '../errors.ts';
import type { Requester, SessionEngine } from '../session/session-engine.ts';
import type { Store, Values } from '../store/store.ts';
import type { GraphRequest } from './graph-request.ts';
import type { OperationCall, OperationHandlers, OperationResult } from './operations.ts';

const [extendSet, createSet, accessSet, retrieveSet] = remoteHelpResponseSets;

interface Collaborators {
  readonly store: Pick<Store, 'get'>;
  readonly sessions: SessionEngine;
  readonly ice: IceSettings;
}

/** Who calls, as the engine wants to know. */
export function requesterOf({
  caller,
  request,
}: {
  readonly caller: Caller;
  readonly request: GraphRequest;
}): Requester {
  return {
    caller,
    ipAddress: request.remoteAddress,
    correlationId: request.ids.requestId,
    origin: new URL(request.serviceRoot).origin,
  };
}

export function sessionHandlers({ store, sessions, ice }: Collaborators): OperationHandlers {
  /** The session key that a call names; one of another device is a key that nobody has. */
  const keyIn = async ({ caller: { tenantId }, bound, parameters }: OperationCall): Promise<string> => {
    const value = parameters.sessionKey as string;
    // The store is away: the engine knows the sessions whose connections are here.
    if (!bound) return value;
    const session = await store.get({ set: remoteHelpSessions, tenantId, alternateKey: 'sessionKey', value });
    return session?.values.deviceId === bound?.id ? value : '';
  };
  const answer = async (
    set: EntitySet,
    { caller: { tenantId } }: OperationCall,
    { id, ...values }: { readonly id: string },
  ): Promise<OperationResult> => {
    const record = await store.get({ set, tenantId, id });
    return { set, entity: { id, version: record?.version ?? 1, values: values as Values } };
  };
  return {
    createRemoteHelpSession: async (call) => {
      const { bound, parameters, request } = call;
      const clientRequestId = request.header('client-request-id');
      const created = await sessions.create(requesterOf(call), {
        deviceId: bound?.id ?? '',
        sessionType: parameters.sessionType,
        reason: textOrNull(parameters['openRemoteHelp.reason']),
        ticket: textOrNull(parameters['openRemoteHelp.ticket']),
        ...(clientRequestId === undefined ? {} : { clientRequestId }),
        isRetry: request.header('retry-attempt') !== undefined,
      });
      return answer(createSet, call, created);
    },
    requestRemoteHelpSessionAccess: async (call) => {
      const connectionId = call.parameters.pubSubConnectionId as string;
      return answer(accessSet, call, await sessions.requestAccess(requesterOf(call), await keyIn(call), connectionId));
    },
    retrieveRemoteHelpSession: async (call) =>
      answer(retrieveSet, call, await sessions.retrieve(requesterOf(call), await keyIn(call))),
    extendRemoteHelpSession: async (call) =>
      answer(extendSet, call, await sessions.extend(requesterOf(call), await keyIn(call))),
    endRemoteHelpSession: async (call) => {
      await sessions.end(requesterOf(call), await keyIn(call));
      return undefined;
    },
    getIceServers: async (call) => ({
      complex: iceServersFor(ice, await sessions.pictureLease(requesterOf(call), call.bound?.id ?? '')),
    }),
    openRelay: async (call) => {
      const connectionId = call.parameters.pubSubConnectionId as string;
      return { complex: await sessions.openRelay(requesterOf(call), sessionKeyOf(call), connectionId) };
    },
    requestRights: async (call) => {
      const { view, control, clipboardToHelper, clipboardToSharer } = call.parameters as Record<string, boolean>;
      const wants = { view: view === true, control: control === true };
      const clipboard = {
        clipboardToHelper: clipboardToHelper === true,
        clipboardToSharer: clipboardToSharer === true,
      };
      await sessions.requestRights(requesterOf(call), sessionKeyOf(call), { ...wants, ...clipboard });
      return undefined;
    },
  };
}

function sessionKeyOf({ bound }: OperationCall): string {
  if (!bound) throw new DomainError('notFound', 'There is no such session.');
  return bound.values.sessionKey as string;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
