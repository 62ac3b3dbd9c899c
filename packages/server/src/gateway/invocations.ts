/** Invocations as Azure's client 1.1.0 speaks them: events whose answer the client waits for, by an id of its own. */
import type { Connection } from './connection.ts';
import { jsonMembers, type Payload } from './payload.ts';
import type { InvokeRequest } from './subprotocols/request.ts';
import { textFrame } from './websocket-frame.ts';

/**
 * Answers one invocation, once; not at all if it is cancelled before.
 * @param handle gives the answer's data, if there is any
 * @param refuse answers a failure
 */
export async function performInvocation(
  connection: Connection,
  { invocationId }: InvokeRequest & { readonly kind: 'invoke' },
  handle: () => Promise<Payload | undefined>,
  refuse: (error: unknown) => void,
): Promise<void> {
  connection.beginWork();
  connection.invocations.add(invocationId);
  try {
    const answer = await handle();
    if (connection.invocations.has(invocationId)) connection.sendFrame(textFrame(responseText(invocationId, answer)));
  } catch (error) {
    if (connection.invocations.has(invocationId)) refuse(error);
  } finally {
    connection.invocations.delete(invocationId);
    connection.endWork();
  }
}

function responseText(invocationId: string, answer: Payload | undefined): string {
  const data = answer === undefined ? '' : `,${jsonMembers(answer)}`;
  return `{"type":"invokeResponse","invocationId":${JSON.stringify(invocationId)},"success":true${data}}`;
}
