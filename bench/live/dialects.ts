/** How each server is spoken to: address, first words, and what stands around a text that is sent to a group. */
import { clientAccessUrl, signingKey } from '../../packages/server/src/gateway/client-access-url.ts';

export const DIALECTS = ['bare', 'socket.io', 'nats', 'json', 'reliable', 'reliable with acks'] as const;
export type DialectName = (typeof DIALECTS)[number];

/** The hub and its key in the gateway under load. */
export const HUB = 'bench';
export const ACCESS_KEY = 'a key of the benchmark, of no use elsewhere';
const TOKEN_MS = 3_600_000;

/** Bytes before and after a text; all ASCII. */
export interface Envelope {
  readonly before: string;
  readonly after: string;
}

export interface Dialect {
  readonly subprotocol?: string;
  /** @param listens whether the connection is to get what others send to the group */
  path(port: number, group: string, listens: boolean): string | Promise<string>;
  /** What to say to a text of the server before the connection can be used; `isReady` once it can be. */
  greet(text: string, group: string, listens: boolean): { readonly reply?: string; readonly isReady: boolean };
  /** The server speaks first. */
  readonly isGreeted: boolean;
  /** What a client sends; `ackId` is where a number of ten digits belongs. */
  sent(group: string): Envelope;
  /** What a member gets; each message may begin with `{"sequenceId":N`, `before` is what follows. */
  received(group: string): Envelope;
  readonly isNumbered?: boolean;
  /** Each send is to be answered with an ack. */
  readonly isAcknowledged?: boolean;
  /** Messages follow one another as in a TCP stream, whatever frames they come in. */
  readonly isStream?: boolean;
}

/** Stands for the ten digits of an ack id. */
export const ACK_ID = '##########';

function webPubSub(subprotocol: string, { isNumbered = false, isAcknowledged = false }): Dialect {
  const ack = isAcknowledged ? `"ackId":${ACK_ID},` : '';
  return {
    ...{ subprotocol, isNumbered, isAcknowledged },
    path: async (port, group, listens) => {
      const grant = { roles: ['webpubsub.sendToGroup'], groups: listens ? [group] : [] };
      const now = performance.timeOrigin + performance.now();
      const address = { endpoint: `http://127.0.0.1:${port}`, hub: HUB };
      const url = await clientAccessUrl(address, signingKey(ACCESS_KEY), { ...grant, expiresAt: now + TOKEN_MS }, now);
      return url.slice(url.indexOf('/client/'));
    },
    isGreeted: true,
    greet: (text) => ({ isReady: text.includes('"event":"connected"') }),
    sent: (group) => ({
      before: `{"type":"sendToGroup","group":"${group}",${ack}"noEcho":true,"dataType":"text","data":"`,
      after: '"}',
    }),
    received: (group) => ({
      before: `${isNumbered ? ',' : '{'}"type":"message","from":"group","group":"${group}","dataType":"text","data":"`,
      after: '"}',
    }),
  };
}

/** Bytes of a message's text, as NATS wants to be told beforehand. */
export const TEXT_BYTES = 1_024;

const RELIABLE = 'json.reliable.webpubsub.azure.v1';
const PLAIN: Envelope = { before: '', after: '' };
const EVENT: Envelope = { before: '42["m","', after: '"]' };

export const DIALECT: Readonly<Record<DialectName, Dialect>> = {
  bare: {
    path: (_, group, listens) => `/?group=${group}&listens=${listens}`,
    isGreeted: false,
    greet: () => ({ isReady: true }),
    sent: () => PLAIN,
    received: () => PLAIN,
  },
  // Engine.IO 4: 0 is its own beginning; 40 joins the namespace and is answered; 42 is an event.
  'socket.io': {
    path: (_, group, listens) => `/socket.io/?EIO=4&transport=websocket&group=${group}&listens=${listens}`,
    isGreeted: true,
    greet: (text) => (text.startsWith('40') ? { isReady: true } : { reply: '40', isReady: false }),
    sent: () => EVENT,
    received: () => EVENT,
  },
  nats: {
    path: () => '/',
    isGreeted: true,
    greet: (text, group, listens) => {
      if (!text.startsWith('INFO')) return { isReady: text.includes('PONG') };
      const options = '{"verbose":false,"pedantic":false,"lang":"bench","version":"1","protocol":1,"echo":false}';
      return { reply: `CONNECT ${options}\r\n${listens ? `SUB ${group} 1\r\n` : ''}PING\r\n`, isReady: false };
    },
    sent: (group) => ({ before: `PUB ${group} ${TEXT_BYTES}\r\n`, after: '\r\n' }),
    received: (group) => ({ before: `MSG ${group} 1 ${TEXT_BYTES}\r\n`, after: '\r\n' }),
    isStream: true,
  },
  json: webPubSub('json.webpubsub.azure.v1', {}),
  reliable: webPubSub(RELIABLE, { isNumbered: true }),
  'reliable with acks': webPubSub(RELIABLE, { isNumbered: true, isAcknowledged: true }),
};
