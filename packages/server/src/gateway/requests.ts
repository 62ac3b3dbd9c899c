/** Carries out what clients ask. */
import { DomainError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { CLOSE, gatewayError } from './error-frames.ts';
import type { HubOptions } from './hub-options.ts';
import { performInvocation } from './invocations.ts';
import { Message } from './message.ts';
import type { ConnectionInfo } from './operations.ts';
import type { Payload } from './payload.ts';
import type { Permission } from './roles.ts';
import { GroupStreams, type StreamScene } from './streams.ts';
import type { ReplyAddress, Request } from './subprotocols/request.ts';

/** What requests act on. */
export interface Scene extends Pick<HubOptions, 'log' | 'metrics' | 'name'>, StreamScene {
  readonly onEvent: HubOptions['onEvent'] | undefined;
  join(connection: Connection, group: string): void;
  leave(connection: Connection, group: string): void;
  infoOf(connection: Connection): ConnectionInfo;
}

export function perform(scene: Scene, connection: Connection, request: Request): void {
  switch (request.kind) {
    case 'ping':
      connection.notify({ type: 'pong' });
      return;
    case 'sequenceAck':
      connection.acknowledgeMessages(request.sequenceId);
      return;
    case 'joinGroup':
      acknowledged(scene, connection, request.ackId, () => {
        requirePermission(connection, 'joinLeaveGroup', request.group);
        scene.join(connection, request.group);
      });
      return;
    case 'leaveGroup':
      acknowledged(scene, connection, request.ackId, () => {
        requirePermission(connection, 'joinLeaveGroup', request.group);
        scene.leave(connection, request.group);
      });
      return;
    case 'sendToGroup':
      acknowledged(scene, connection, request.ackId, () => {
        const { group, noEcho, payload } = request;
        requirePermission(connection, 'sendToGroup', group);
        const { userId } = connection.facts;
        const sender = userId === undefined ? {} : { fromUserId: userId };
        scene.publish(group, { from: 'group', group, ...sender, payload }, noEcho ? [connection.id] : NOBODY);
      });
      return;
    case 'event':
      void performEvent(scene, connection, request);
      return;
    case 'refused':
      refuse(scene, connection, request.to, request.error);
      return;
    case 'invoke':
      void performInvocation(
        connection,
        request,
        () => handled(scene, connection, { name: request.event, payload: request.payload, isInvocation: true }),
        (error) => refuse(scene, connection, { invocationId: request.invocationId }, error),
      );
      return;
    case 'cancelInvocation':
      connection.invocations.delete(request.invocationId);
      return;
    case 'streamStart':
    case 'streamData':
    case 'streamEnd':
      connection.streams ??= new GroupStreams(connection, scene);
      connection.streams.perform(request);
      return;
  }
}

const NOBODY: readonly string[] = [];

function requirePermission(connection: Connection, permission: Permission, group: string): void {
  if (connection.facts.permissions.allows(permission, group)) return;
  throw new DomainError('forbidden', `The connection lacks the permission ${permission} for this group.`);
}

/** Answers an ack id that was used before. */
function isDuplicate(connection: Connection, ackId: number | undefined): boolean {
  if (ackId === undefined || !connection.acks.has(ackId)) return false;
  const error = { name: 'Duplicate', message: `Message with ack-id: ${ackId} has been processed` };
  connection.notify({ type: 'ack', ackId, success: false, error });
  return true;
}

function succeed(connection: Connection, ackId: number | undefined): void {
  if (ackId === undefined) return;
  connection.acks.add(ackId);
  connection.notify({ type: 'ack', ackId, success: true });
}

function refuse(scene: Scene, connection: Connection, to: ReplyAddress, error: unknown): void {
  const { name, message } = gatewayError(error);
  if (!(error instanceof DomainError)) scene.log.error({ err: error, hub: scene.name }, 'a request failed');
  scene.metrics.countRefusedRequest(name);
  const { ackId, streamId, invocationId } = to;
  const refusal = { name, message };
  if (ackId !== undefined) connection.notify({ type: 'ack', ackId, success: false, error: refusal });
  else if (streamId !== undefined) connection.notify({ type: 'streamClosed', streamId, error: refusal });
  else if (invocationId !== undefined) {
    connection.notify({ type: 'invokeResponse', invocationId, success: false, error: refusal });
  }
}

function acknowledged(scene: Scene, connection: Connection, ackId: number | undefined, act: () => void): void {
  if (isDuplicate(connection, ackId)) return;
  try {
    act();
  } catch (error) {
    refuse(scene, connection, ackId === undefined ? {} : { ackId }, error);
    return;
  }
  succeed(connection, ackId);
}

async function performEvent(
  scene: Scene,
  connection: Connection,
  { event, payload, ackId }: Request & { kind: 'event' },
): Promise<void> {
  if (isDuplicate(connection, ackId)) return;
  connection.beginWork();
  try {
    const reply = await handled(scene, connection, { name: event, payload, isInvocation: false });
    if (reply) connection.deliver(new Message({ from: 'server', payload: reply }));
    succeed(connection, ackId);
  } catch (error) {
    refuse(scene, connection, ackId === undefined ? {} : { ackId }, error);
    // A raw client has no acks: closing is the only way to tell it.
    if (connection.facts.subprotocol.name === undefined) {
      connection.end('handlerFailed', CLOSE.internalError, gatewayError(error).message);
    }
  } finally {
    connection.endWork();
  }
}

async function handled(
  scene: Scene,
  connection: Connection,
  event: { readonly name: string; readonly payload: Payload | undefined; readonly isInvocation: boolean },
): Promise<Payload | undefined> {
  if (!scene.onEvent) throw new DomainError('unavailable', 'Nobody handles events of this hub.');
  return scene.onEvent({ hub: scene.name, ...event, connection: scene.infoOf(connection) });
}
