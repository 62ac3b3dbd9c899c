import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeBase64 } from './bytes.ts';
import type { DeviceSigner } from './crypto-port.ts';
import { readPairKey } from './derivation.ts';
import { beginHandshake } from './handshake.ts';
import type { End } from './pair-link.ts';
import { type PairedEvent, PairLinks } from './pair-links.ts';
import { decodeFrame, encodeFrame, type FrameOf, type PeerFrame } from './peer-frames.ts';
import { webCryptoPort, webCryptoSigner } from './web-crypto.ts';

const crypto = webCryptoPort(globalThis.crypto);
const EVERYTHING = {
  grants: { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true },
  blockChat: false,
};

let signer: DeviceSigner;
beforeAll(async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  signer = await webCryptoSigner(globalThis.crypto, keys);
});

/** One end, and what it heard. What it sends reaches every other end at once, as JSON. */
function newEnd(end: End, connectionId: string, keysOf: (paired: PairedEvent) => Keys) {
  const heard: string[] = [];
  const links = new PairLinks({
    ...{ crypto, end },
    keysOf: async (paired) => keysOf(paired),
    transmit: (frame) => {
      const decoded = decodeFrame(JSON.parse(JSON.stringify(frame)));
      if ('to' in decoded && decoded.to.startsWith('a') && decoded.frame === 'commitAnswer') toAnna(decoded);
      const others = [sharer, anna, ben].filter((other) => other.links !== links);
      for (const other of others) void other.links.receive(JSON.parse(JSON.stringify(frame)));
    },
    listener: {
      opened: ({ helper }, assurance) => {
        heard.push(`${helper.name} ${assurance.kind === 'endToEnd' ? assurance.digits : assurance.kind}`);
      },
      event: ({ helper }, event) => heard.push(`${helper.name} says ${event.event === 'chat' ? event.text : '?'}`),
      refused: (error) => heard.push(`refused: ${(error as { reason?: string }).reason}`),
    },
  });
  links.connectedAs(connectionId);
  links.allow(EVERYTHING);
  return { links, heard };
}

interface Keys {
  readonly key: string;
  readonly iv: string;
}
type TestEnd = ReturnType<typeof newEnd>;

const newKeys = (): Keys => ({ key: encodeBase64(crypto.randomBytes(32)), iv: encodeBase64(crypto.randomBytes(16)) });
const chat = (text: string) => ({ event: 'chat', id: '1', text }) as const;

function paired(name: string, helperConnectionId: string, sharerConnectionId = 's'): PairedEvent {
  const helper = { userId: name, name, mail: null, organization: 'Example Corp' };
  return { event: 'paired', sessionKey: 'rh_key', revision: 1, helper, helperConnectionId, sharerConnectionId };
}

/** Waits until an end heard so much. */
async function hears({ heard }: TestEnd, count: number): Promise<void> {
  await expect.poll(() => heard.length).toBe(count);
}

let keys: Map<string, Keys>;
/** Takes answers to handshakes that Anna begins by hand. */
let toAnna: (frame: PeerFrame | undefined) => void;
let sharer: TestEnd;
let anna: TestEnd;
let ben: TestEnd;
beforeEach(() => {
  keys = new Map();
  toAnna = () => undefined;
  const keysOf = ({ helperConnectionId, sharerConnectionId }: PairedEvent) => {
    const pair = `${helperConnectionId} ${sharerConnectionId}`;
    const made = keys.get(pair) ?? newKeys();
    keys.set(pair, made);
    return made;
  };
  sharer = newEnd({ party: 'sharer', signer, acceptsServerKey: true }, 's', keysOf);
  anna = newEnd({ party: 'helper' }, 'a', keysOf);
  ben = newEnd({ party: 'helper' }, 'b', keysOf);
});

/** The server tells both ends of a pair, the sharer first. */
function pair(end: TestEnd, event: PairedEvent): void {
  sharer.links.paired(event);
  end.links.paired(event);
}

describe('the pairs of an end', () => {
  // EV-22, EV-16
  it('are one with each helper, each with its own digits, and what is said to all is said to each', async () => {
    pair(anna, paired('Anna', 'a'));
    pair(ben, paired('Ben', 'b'));
    await Promise.all([hears(sharer, 2), hears(anna, 1), hears(ben, 1)]);
    expect(sharer.heard.toSorted()).toEqual([...anna.heard, ...ben.heard].toSorted());
    expect(await sharer.links.send(chat('hello both'))).toBe(2);
    expect(await anna.links.send(chat('from Anna'))).toBe(1);
    await Promise.all([hears(sharer, 3), hears(anna, 2), hears(ben, 2)]);
    expect(anna.heard[1]).toBe('Anna says hello both');
    expect(ben.heard[1]).toBe('Ben says hello both');
    expect(sharer.heard[2]).toBe('Anna says from Anna');
  });

  it('hear what is said to one of them alone', async () => {
    pair(anna, paired('Anna', 'a'));
    pair(ben, paired('Ben', 'b'));
    await Promise.all([hears(sharer, 2), hears(anna, 1), hears(ben, 1)]);
    expect(await sharer.links.sendTo('a', chat('to Anna'))).toBe(true);
    expect(await sharer.links.sendTo('b', chat('to Ben'))).toBe(true);
    expect(await sharer.links.sendTo('c', chat('to nobody'))).toBe(false);
    await Promise.all([hears(anna, 2), hears(ben, 2)]);
    expect([anna.heard[1], ben.heard[1]]).toEqual(['Anna says to Anna', 'Ben says to Ben']);
  });

  it('are made once, however often the server tells of them, and for the own connection alone', async () => {
    pair(anna, paired('Anna', 'a'));
    pair(anna, paired('Anna', 'a'));
    anna.links.paired(paired('Ben', 'b'));
    await Promise.all([hears(sharer, 1), hears(anna, 1)]);
    expect(await anna.links.send(chat('once'))).toBe(1);
    await hears(sharer, 2);
    expect([sharer.heard[1], keys.size]).toEqual(['Anna says once', 1]);
  });

  // EV-23
  it('are over with the connection that they were of, and new with the next', async () => {
    pair(anna, paired('Anna', 'a'));
    await Promise.all([hears(sharer, 1), hears(anna, 1)]);
    sharer.links.connectedAs('s2');
    expect(await sharer.links.send(chat('lost'))).toBe(0);
    pair(anna, paired('Anna', 'a', 's2'));
    await Promise.all([hears(sharer, 2), hears(anna, 2)]);
    expect(await sharer.links.send(chat('heard'))).toBe(1);
    await hears(anna, 3);
    expect(anna.heard[2]).toBe('Anna says heard');
    expect(anna.heard[0]).not.toBe(anna.heard[1]);
  });

  // EV-24
  it('obey what is allowed, those that are still being made too', async () => {
    pair(anna, paired('Anna', 'a'));
    sharer.links.allow({ ...EVERYTHING, blockChat: true });
    await Promise.all([hears(sharer, 1), hears(anna, 1)]);
    await expect(sharer.links.send(chat('blocked'))).rejects.toMatchObject({ reason: 'blocked' });
    await anna.links.send(chat('blocked'));
    await hears(sharer, 2);
    expect(sharer.heard[1]).toBe('refused: blocked');
  });

  // RLY-3
  it('give both ends the same keys for a relay, other ones for another, and none once they are over', async () => {
    pair(anna, paired('Anna', 'a'));
    pair(ben, paired('Ben', 'b'));
    expect(await anna.links.relayKeys('nobody', 'r1')).toBeUndefined();
    await Promise.all([hears(sharer, 2), hears(anna, 1), hears(ben, 1)]);
    const keys = await anna.links.relayKeys('s', 'r1');
    expect([keys?.toSharer.length, keys?.toHelper.length]).toEqual([32, 32]);
    expect(keys?.toSharer).not.toEqual(keys?.toHelper);
    expect(await sharer.links.relayKeys('a', 'r1')).toEqual(keys);
    expect(await sharer.links.relayKeys('a', 'r2')).not.toEqual(keys);
    expect(await sharer.links.relayKeys('b', 'r1')).not.toEqual(keys);
    sharer.links.connectedAs('s2');
    expect(await sharer.links.relayKeys('a', 'r1')).toBeUndefined();
  });

  // EV-25
  it('of one helper crowd out none of another, however often he comes', async () => {
    pair(ben, paired('Ben', 'b'));
    await Promise.all([hears(sharer, 1), hears(ben, 1)]);
    for (let count = 0; count < 200; count++) sharer.links.paired(paired('Anna', `a${count}`));
    expect(await ben.links.send(chat('still here'))).toBe(1);
    await hears(sharer, 2);
    expect(sharer.heard[1]).toBe('Ben says still here');
    expect(await sharer.links.sendTo('b', chat('yes'))).toBe(true);
    await hears(ben, 2);
  });

  // EV-25, EV-16
  it.each([
    ['finishes none of', false],
    ['finishes each of', true],
  ])('leave handshakes to another helper when one %s many', async (_, isFinished) => {
    for (let count = 0; count < 60; count++) {
      const event = paired('Anna', `a${count}`);
      sharer.links.paired(event);
      await expect.poll(() => keys.has(`a${count} s`)).toBe(true);
      const { key, iv } = keys.get(`a${count} s`) ?? newKeys();
      const pairOf = { sessionKey: 'rh_key', helperConnectionId: `a${count}`, sharerConnectionId: 's' };
      const begun = await beginHandshake(crypto, { ...pairOf, ...readPairKey(key, iv) });
      const answered = Promise.withResolvers<FrameOf<'commitAnswer'> | undefined>();
      toAnna = (frame) => answered.resolve(frame as FrameOf<'commitAnswer'>);
      await sharer.links.receive(JSON.parse(JSON.stringify(encodeFrame(begun.frame))));
      toAnna(undefined);
      const answer = await answered.promise;
      if (answer && isFinished) await sharer.links.receive(encodeFrame((await begun.answered(answer)).frame));
    }
    const refused = sharer.heard.filter((each) => each === 'refused: notProven').length;
    expect(refused).toBe(isFinished ? 20 : 57);
    const before = sharer.heard.length;
    pair(ben, paired('Ben', 'b'));
    await hears(ben, 1);
    await hears(sharer, before + 1);
    expect(sharer.heard.at(-1)).toBe(ben.heard[0]?.replace('Anna', 'Ben'));
  });

  it('refuse what is no frame, and pass over what is for nobody here', async () => {
    await sharer.links.receive('hello');
    await sharer.links.receive({ version: 1, frame: 'reveal', from: 'x', to: 's', nonce: '', ecdhKey: '', mac: '' });
    await sharer.links.receive({ version: 2, frame: 'later' });
    expect(sharer.heard).toEqual(['refused: malformed', 'refused: malformed']);
  });
});
