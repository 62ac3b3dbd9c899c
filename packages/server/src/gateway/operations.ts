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

export function encodeOperation(operation: Operation): Uint8Array {
  return Buffer.from(JSON.stringify(operation));
}

/** Only nodes of this service publish here, so the bytes are what `encodeOperation` made. */
export function decodeOperation(bytes: Uint8Array): Operation {
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()) as Operation;
}
