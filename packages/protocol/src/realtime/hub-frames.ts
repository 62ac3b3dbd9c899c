/** Frames of `json.reliable.webpubsub.azure.v1`, as far as an end of a session needs them (`docs/spec/gateway.md`). */

export const RELIABLE_SUBPROTOCOL = 'json.reliable.webpubsub.azure.v1';

/** A message, from the server or from a group. */
export interface HubMessage {
  readonly from: 'server' | 'group';
  readonly data: unknown;
}

/** What the hub says. */
export type HubFrame =
  | { readonly kind: 'connected'; readonly connectionId: string; readonly reconnectionToken: string }
  | { readonly kind: 'disconnected'; readonly reason: string }
  | { readonly kind: 'message'; readonly sequenceId: number; readonly message: HubMessage }
  | { readonly kind: 'ack'; readonly ackId: number }
  /** A sign of life, or something that a later hub says. */
  | { readonly kind: 'other' };

const OTHER: HubFrame = { kind: 'other' };

/** @returns undefined for what is no frame at all */
export function readHubFrame(text: string): HubFrame | undefined {
  const members = objectIn(text);
  if (!members) return undefined;
  switch (members.type) {
    case 'system':
      return systemFrame(members);
    case 'message': {
      const { from, data, sequenceId } = members;
      if ((from !== 'server' && from !== 'group') || !Number.isSafeInteger(sequenceId)) return undefined;
      return { kind: 'message', sequenceId: sequenceId as number, message: { from, data } };
    }
    case 'ack':
      return Number.isSafeInteger(members.ackId) ? { kind: 'ack', ackId: members.ackId as number } : undefined;
    default:
      return OTHER;
  }
}

function systemFrame({ event, connectionId, reconnectionToken, message }: Members): HubFrame | undefined {
  if (event === 'disconnected') return { kind: 'disconnected', reason: typeof message === 'string' ? message : '' };
  if (event !== 'connected') return OTHER;
  if (typeof connectionId !== 'string' || typeof reconnectionToken !== 'string') return undefined;
  return { kind: 'connected', connectionId, reconnectionToken };
}

export function sendToGroupFrame(group: string, data: unknown, ackId: number): string {
  return JSON.stringify({ type: 'sendToGroup', group, dataType: 'json', data, noEcho: true, ackId });
}

export function sequenceAckFrame(sequenceId: number): string {
  return JSON.stringify({ type: 'sequenceAck', sequenceId });
}

export const PING_FRAME = JSON.stringify({ type: 'ping' });

/** The URL that recovers a connection. */
export function recoveryUrl(accessUri: string, connectionId: string, reconnectionToken: string): string {
  const separator = accessUri.includes('?') ? '&' : '?';
  const [id, token] = [encodeURIComponent(connectionId), encodeURIComponent(reconnectionToken)];
  return `${accessUri}${separator}awps_connection_id=${id}&awps_reconnection_token=${token}`;
}

type Members = Readonly<Record<string, unknown>>;

function objectIn(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
