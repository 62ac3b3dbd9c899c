/** What nodes ask of each other about the connections that each of them holds. */
import type { MessageFacts } from './message.ts';
import type { Permission } from './roles.ts';

export type Target =
  | { readonly kind: 'all' }
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'connection'; readonly connectionId: string };

/** Asked of the node that holds the connection. */
export type Question =
  | { readonly kind: 'addToGroup' | 'removeFromGroup'; readonly connectionId: string; readonly group: string }
  | {
      readonly kind: 'grant' | 'revoke';
      readonly connectionId: string;
      readonly permission: Permission;
      readonly group?: string;
    }
  | { readonly kind: 'look'; readonly connectionId: string };

/** A connection as others may see it. */
export interface ConnectionInfo {
  readonly connectionId: string;
  readonly userId?: string;
  readonly groups: readonly string[];
  /** Claims of the token that Web PubSub gives no meaning. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** What `admit` gave. */
  readonly context?: unknown;
  /** False while it waits for recovery. */
  readonly isAttached: boolean;
}

export type Operation =
  | { readonly do: 'send'; readonly to: Target; readonly facts: MessageFacts; readonly excluded: readonly string[] }
  | { readonly do: 'close'; readonly to: Target; readonly reason: string; readonly excluded: readonly string[] }
  | { readonly do: 'ask'; readonly question: Question; readonly asker: string; readonly number: number }
  /** Null: this node holds no such connection. */
  | { readonly do: 'answer'; readonly number: number; readonly connection: ConnectionInfo | null };

/**
 * JSON in one line; behind it, for a message, its payload's text as it is. A payload has 1 MiB, so all of it less than
 * 1 MiB and 16 KiB.
 */
export function encodeOperation(operation: Operation): Uint8Array {
  if (operation.do !== 'send') return Buffer.from(JSON.stringify(operation));
  const { payload, ...facts } = operation.facts;
  const { dataType, text } = payload;
  return Buffer.from(`${JSON.stringify({ ...operation, facts: { ...facts, payload: { dataType } } })}\n${text}`);
}

/** Only nodes of this service publish here, so the bytes are what `encodeOperation` made. */
export function decodeOperation(bytes: Uint8Array): Operation {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const end = all.indexOf('\n');
  if (end < 0) return JSON.parse(all) as Operation;
  const operation = JSON.parse(all.slice(0, end)) as Operation & { do: 'send' };
  const { facts } = operation;
  return { ...operation, facts: { ...facts, payload: { ...facts.payload, text: all.slice(end + 1) } } };
}
