/** Clients without a subprotocol: every message is the event `message`, and they get payloads and nothing else. */
import { binaryPayload, textPayload } from '../payload.ts';
import type { Subprotocol } from './subprotocol.ts';

export const raw: Subprotocol = {
  name: undefined,
  isReliable: false,
  decode: (data, isBinary) => {
    const payload = isBinary ? binaryPayload(data) : textPayload(data.toString());
    return { kind: 'event', event: 'message', payload, ackId: undefined };
  },
  messageFrame: (message) => message.rawFrame(),
  serverFrame: () => undefined,
};
