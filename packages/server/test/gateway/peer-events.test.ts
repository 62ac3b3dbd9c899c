/** Two ends of a session talk through the gateway with Azure's own client, while another member of the group listens. */
import {
  type Assurance,
  decodeFrame,
  type End,
  EventRefusal,
  encodeFrame,
  HandshakeAttempts,
  type Pair,
  PairLink,
  type PeerEvent,
  type PeerFrame,
  webCryptoPort,
  webCryptoSigner,
} from '@open-remote-help/protocol/events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AzureClient, startAzureClient } from './azure-client.ts';
import { type Rig, startRig } from './rig.ts';

const GROUP = 'session';
const ROLES = [`webpubsub.joinLeaveGroup.${GROUP}`, `webpubsub.sendToGroup.${GROUP}`];
const crypto = webCryptoPort(globalThis.crypto);
const EVERYTHING = {
  grants: { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true },
  blockChat: false,
};

let rig: Rig;
const clients: AzureClient[] = [];
beforeEach(async () => {
  rig = await startRig();
});
afterEach(async () => {
  for (const { client } of clients.splice(0)) client.stop();
  await rig.close();
});

async function join(userId: string): Promise<AzureClient> {
  const member = await startAzureClient(await rig.url({ userId, roles: ROLES }), 'reliable');
  clients.push(member);
  await member.client.joinGroup(GROUP);
  return member;
}

/** A link over a member's connection, with what it heard and refused. */
function end(member: AzureClient, pair: Pair, party: End) {
  const events: unknown[] = [];
  const refused: string[] = [];
  const opened = Promise.withResolvers<Assurance>();
  const send = (frame: PeerFrame) => member.client.sendToGroup(GROUP, encodeFrame(frame), 'json', { noEcho: true });
  const transmit = async (frame: PeerFrame) => void (await send(frame));
  const link = new PairLink({ crypto, pair, end: party, attempts: new HandshakeAttempts(), transmit });
  link.allow(EVERYTHING);
  member.client.on('group-message', async ({ message: { data } }) => {
    try {
      const frame = decodeFrame(data);
      if ('event' in frame) return;
      const received = await link.receive(frame);
      if (received.kind === 'opened') opened.resolve(received.assurance);
      if (received.kind === 'event') events.push(received.event);
    } catch (error) {
      if (!(error instanceof EventRefusal)) throw error;
      refused.push(error.reason);
    }
  });
  return { link, events, refused, opened: opened.promise };
}

async function newSigner() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  return webCryptoSigner(globalThis.crypto, keys);
}

// EV-16, EV-18, EV-22
it('they agree on keys and digits, and nobody else in the group reads or disturbs them', async () => {
  const [helping, sharing, other] = [await join('helper'), await join('sharer'), await join('another helper')];
  const pair: Pair = {
    sessionKey: 'session key',
    helperConnectionId: helping.connected[0]?.connectionId ?? '',
    sharerConnectionId: sharing.connected[0]?.connectionId ?? '',
    key: crypto.randomBytes(32),
    iv: crypto.randomBytes(16),
  };
  const signer = await newSigner();
  const sharer = end(sharing, pair, { party: 'sharer', signer, acceptsServerKey: false });
  const helper = end(helping, pair, { party: 'helper', expectedDeviceKey: signer.publicKey });

  // Another member pretends to be the helper, with a key of his own.
  const forger = end(other, { ...pair, key: crypto.randomBytes(32) }, { party: 'helper' });
  await forger.link.begin();
  await helper.link.begin();
  expect(await helper.opened).toEqual(await sharer.opened);
  expect(sharer.refused).toEqual(['notAuthentic']);

  const said: PeerEvent[] = [
    { event: 'chat', id: '1', text: 'a secret word' },
    { event: 'clipboard', text: 'x'.repeat(256 * 1024) },
    { event: 'pointer', screen: 0, x: 1, y: 2, isVisible: true },
  ];
  for (const event of said) await helper.link.send(event);
  await sharing.until(() => sharing.groupMessages.length === 6);
  await sharer.link.send({ event: 'chat', id: '2', text: 'heard' });
  await helping.until(() => helping.groupMessages.length > 2);
  await other.until(() => other.groupMessages.length === 7);
  // Each link takes frames one after the other: one that nobody meant for it comes back last.
  const last = {
    frame: 'sealed',
    from: '',
    to: '',
    stream: 'chat',
    counter: 0,
    ciphertext: new Uint8Array(16),
  } as const;
  for (const { link } of [helper, sharer]) expect(await link.receive(last)).toEqual({ kind: 'passed' });

  expect(sharer.events).toEqual(said);
  expect(helper.events).toEqual([{ event: 'chat', id: '2', text: 'heard' }]);
  expect(JSON.stringify(other.groupMessages)).not.toMatch(/secret|heard|xxxxxxxx/);
  expect(forger.events).toEqual([]);
});
