/** Connection ids name the node that holds the connection, and nobody can guess them. */
import { randomBytes } from 'node:crypto';

const NODE_BYTES = 6;
const NODE_LENGTH = 8;

/** Eight letters, digits, `-` and `_`. */
export function newNodeId(): string {
  return randomBytes(NODE_BYTES).toString('base64url');
}

export function newConnectionId(nodeId: string): string {
  return nodeId + randomBytes(16).toString('base64url');
}

export function nodeIdOf(connectionId: string): string {
  return connectionId.slice(0, NODE_LENGTH);
}

/** Whether it could be one; clients name connections, and a broker's subject takes no other characters. */
export function isConnectionId(text: string): boolean {
  return /^[\w-]{30}$/.test(text);
}
