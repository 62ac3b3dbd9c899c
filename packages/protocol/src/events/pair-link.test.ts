import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Allowance } from './allowance.ts';
import { encodeBase64 } from './bytes.ts';
import type { DeviceSigner } from './crypto-port.ts';
import type { Pair } from './derivation.ts';
import { sayHello } from './handshake.ts';
import { HandshakeAttempts } from './handshake-attempts.ts';
import { type End, PairLink, type Received } from './pair-link.ts';
import type { PeerEvent } from './peer-events.ts';
import { decodeFrame, encodeFrame, type FrameOf, type PeerFrame } from './peer-frames.ts';
import { EventRefusal } from './refusal.ts';
import { SealedLink } from './sealed-link.ts';
import { webCryptoPort, webCryptoSigner } from './web-crypto.ts';

const crypto = webCryptoPort(globalThis.crypto);
const EVERYTHING: Allowance = {
  grants: { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true },
  blockChat: false,
};

let signer: DeviceSigner;
beforeAll(async () => {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const keys = await globalThis.crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  signer = await webCryptoSigner(globalThis.crypto, keys);
});

function newPair(): Pair {
  const [key, iv] = [crypto.randomBytes(32), crypto.randomBytes(16)];
  return { sessionKey: 'session', helperConnectionId: 'helper-1', sharerConnectionId: 'sharer-1', key, iv };
}

/** One end, and what it sent so far, as it went over the wire. */
function newEnd(pair: Pair, end: End, attempts = new HandshakeAttempts()) {
  const sent: PeerFrame[] = [];
  const transmit = (frame: PeerFrame) => {
    sent.push(decodeFrame(JSON.parse(JSON.stringify(encodeFrame(frame)))) as PeerFrame);
  };
  return { link: new PairLink({ crypto, pair, end, attempts, transmit }), sent };
}

function sharerEnd(): End {
  return { party: 'sharer', signer, acceptsServerKey: true };
}

/** Hands over everything that was not handed over yet. */
async function deliver(from: { sent: PeerFrame[] }, to: { link: PairLink }): Promise<Received[]> {
  const received: Received[] = [];
  for (const frame of from.sent.splice(0)) received.push(await to.link.receive(frame));
  return received;
}

async function openPair() {
  const pair = newPair();
  const helper = newEnd(pair, { party: 'helper', expectedDeviceKey: signer.publicKey });
  const sharer = newEnd(pair, sharerEnd());
  await helper.link.begin();
  const received = [];
  received.push(...(await deliver(helper, sharer)));
  received.push(...(await deliver(sharer, helper)));
  received.push(...(await deliver(helper, sharer)));
  helper.link.allow(EVERYTHING);
  sharer.link.allow(EVERYTHING);
  return { pair, helper, sharer, received };
}

const chat = (id: string): PeerEvent => ({ event: 'chat', id, text: 'secret words' });

describe('two ends', () => {
  // EV-14, EV-16
  it('shake hands once and show the same digits', async () => {
    const { received, helper, sharer } = await openPair();
    expect(received.map(({ kind }) => kind)).toEqual(['shaking', 'opened', 'opened']);
    const [, atHelper, atSharer] = received;
    expect(atHelper).toEqual(atSharer);
    expect(helper.link.isOpen && sharer.link.isOpen).toBe(true);
    await expect(helper.link.begin()).rejects.toThrow('once');
  });

  // EV-9, EV-21
  it('tell each other events that nobody else can read', async () => {
    const { helper, sharer } = await openPair();
    await Promise.all(['a', 'b', 'c'].map((id) => helper.link.send(chat(id))));
    const wire = helper.sent.map((frame) => JSON.stringify(encodeFrame(frame))).join();
    expect(wire).not.toContain('secret');
    expect(await deliver(helper, sharer)).toEqual(['a', 'b', 'c'].map((id) => ({ kind: 'event', event: chat(id) })));
    await sharer.link.send({ event: 'rights', grants: EVERYTHING.grants, holdsInput: true, inputHolder: null });
    expect(await deliver(sharer, helper)).toMatchObject([
      { kind: 'event', event: { event: 'rights', holdsInput: true } },
    ]);
  });

  // EV-12
  it('get by with the server key alone if the sharer accepts it, and the sharer knows', async () => {
    const pair = newPair();
    const sharer = newEnd(pair, sharerEnd());
    const hello = await sayHello(crypto, pair);
    expect(await sharer.link.receive(hello.frame)).toEqual({ kind: 'opened', assurance: { kind: 'serverKey' } });
    const { secret } = await hello.answered(sharer.sent[0] as FrameOf<'helloAnswer'>);
    sharer.link.allow(EVERYTHING);
    const frame = await new SealedLink(crypto, pair, secret, 'toSharer').seal(chat('a'));
    expect(await sharer.link.receive(frame)).toEqual({ kind: 'event', event: chat('a') });
  });

  // EV-12
  it('do not, if the sharer wants more', async () => {
    const pair = newPair();
    const sharer = newEnd(pair, { party: 'sharer', signer, acceptsServerKey: false });
    const stranger = await sayHello(crypto, { ...pair, key: crypto.randomBytes(32) });
    await expect(sharer.link.receive(stranger.frame)).rejects.toMatchObject({ reason: 'notAuthentic' });
    const hello = await sayHello(crypto, pair);
    await expect(sharer.link.receive(hello.frame)).rejects.toMatchObject({ reason: 'notProven' });
    expect(sharer.sent).toEqual([]);
    // Refused for good.
    expect(await sharer.link.receive(hello.frame)).toEqual({ kind: 'passed' });
  });
});

describe('an end', () => {
  // EV-22
  it('passes over frames of other pairs, and of the handshake out of turn', async () => {
    const { pair, helper, sharer } = await openPair();
    await helper.link.send(chat('a'));
    const [frame] = helper.sent;
    if (!frame) throw new Error('A frame was sent.');
    for (const other of [{ from: 'helper-2' }, { to: 'sharer-2' }, { from: frame.to, to: frame.from }]) {
      expect(await sharer.link.receive({ ...frame, ...other })).toEqual({ kind: 'passed' });
    }
    const hello = await sayHello(crypto, pair);
    expect(await sharer.link.receive(hello.frame)).toEqual({ kind: 'passed' });
    expect(await deliver(helper, sharer)).toEqual([{ kind: 'event', event: chat('a') }]);
  });

  // EV-21
  it('refuses its own frames turned round, and those of another stream', async () => {
    const { helper, sharer } = await openPair();
    await helper.link.send(chat('a'));
    const [frame] = helper.sent as FrameOf<'sealed'>[];
    if (!frame) throw new Error('A frame was sent.');
    const turned = { ...frame, from: frame.to, to: frame.from };
    await expect(helper.link.receive(turned)).rejects.toMatchObject({ reason: 'notAuthentic' });
    for (const stream of ['clipboard', 'pointer', 'signalling', 'rights'] as const) {
      await expect(sharer.link.receive({ ...frame, stream })).rejects.toMatchObject({ reason: 'notAuthentic' });
    }
  });

  // EV-17, EV-20
  it('opens nothing of an earlier handshake, not even under the same key', async () => {
    const { pair, helper } = await openPair();
    await helper.link.send(chat('a'));
    const [old] = helper.sent;
    const [again, sharer] = [newEnd(pair, { party: 'helper' }), newEnd(pair, sharerEnd())];
    await again.link.begin();
    await deliver(again, sharer);
    await deliver(sharer, again);
    await deliver(again, sharer);
    sharer.link.allow(EVERYTHING);
    await expect(sharer.link.receive(old as PeerFrame)).rejects.toMatchObject({ reason: 'notAuthentic' });
  });

  // EV-23
  it('neither sends nor hears before it is open, nor once it is closed', async () => {
    const { helper, sharer } = await openPair();
    const early = newEnd(newPair(), { party: 'helper' });
    early.link.allow(EVERYTHING);
    await expect(early.link.send(chat('a'))).rejects.toMatchObject({ reason: 'notOpen' });
    await helper.link.send(chat('a'));
    sharer.link.close();
    await expect(deliver(helper, sharer)).rejects.toMatchObject({ reason: 'notOpen' });
    await expect(sharer.link.send(chat('b'))).rejects.toMatchObject({ reason: 'notOpen' });
  });

  // EV-23
  it('that is closed before it has sent a step of the handshake sends it no more', async () => {
    const pair = newPair();
    const [helper, sharer] = [newEnd(pair, { party: 'helper' }), newEnd(pair, sharerEnd())];
    const beginning = helper.link.begin();
    helper.link.close();
    await expect(beginning).rejects.toMatchObject({ reason: 'notOpen' });
    const other = newEnd(pair, { party: 'helper' });
    await other.link.begin();
    const answering = deliver(other, sharer);
    await null;
    sharer.link.close();
    await expect(answering).rejects.toMatchObject({ reason: 'notOpen' });
    expect([...helper.sent, ...sharer.sent]).toEqual([]);
  });

  // EV-23
  it('that is closed after it has sent one takes no other', async () => {
    for (const closing of ['helper', 'sharer'] as const) {
      const pair = newPair();
      const ends = { helper: newEnd(pair, { party: 'helper' }), sharer: newEnd(pair, sharerEnd()) };
      await ends.helper.link.begin();
      await deliver(ends.helper, ends.sharer);
      if (closing === 'sharer') await deliver(ends.sharer, ends.helper);
      ends[closing].link.close();
      const other = closing === 'helper' ? ends.sharer : ends.helper;
      expect(await deliver(other, ends[closing])).toEqual([{ kind: 'passed' }]);
      expect(ends[closing].link.isOpen).toBe(false);
    }
  });

  // EV-23
  it('that is closed while it takes the last step does not open', async () => {
    const pair = newPair();
    const [helper, sharer] = [newEnd(pair, { party: 'helper' }), newEnd(pair, sharerEnd())];
    await helper.link.begin();
    await deliver(helper, sharer);
    await deliver(sharer, helper);
    const opening = deliver(helper, sharer);
    await null;
    sharer.link.close();
    await expect(opening).rejects.toMatchObject({ reason: 'notOpen' });
    expect(sharer.link.isOpen).toBe(false);
  });

  // EV-23
  it('that is closed while it seals or opens neither sends nor tells', async () => {
    const { helper, sharer } = await openPair();
    await helper.link.send(chat('a'));
    const [frame] = helper.sent.splice(0) as PeerFrame[];
    if (!frame) throw new Error('A frame was sent.');
    const receiving = sharer.link.receive(frame);
    const sending = helper.link.send(chat('b'));
    // Both are at work: their first step needs no more than what is at hand.
    await null;
    sharer.link.close();
    helper.link.close();
    await expect(receiving).rejects.toMatchObject({ reason: 'notOpen' });
    await expect(sending).rejects.toMatchObject({ reason: 'notOpen' });
    expect(helper.sent).toEqual([]);
  });

  // EV-15
  it('closes for good after a false proof, and not after what anybody could send', async () => {
    const pair = newPair();
    const helper = newEnd(pair, { party: 'helper', expectedDeviceKey: signer.publicKey.map((byte) => byte ^ 1) });
    const sharer = newEnd(pair, sharerEnd());
    await helper.link.begin();
    await deliver(helper, sharer);
    const [answer] = sharer.sent as FrameOf<'commitAnswer'>[];
    if (!answer) throw new Error('An answer was sent.');
    const junk = { ...answer, mac: crypto.randomBytes(16) };
    await expect(helper.link.receive(junk)).rejects.toMatchObject({ reason: 'notAuthentic' });
    await expect(helper.link.receive(answer)).rejects.toMatchObject({ reason: 'notProven', field: 'deviceKey' });
    expect(await helper.link.receive(answer)).toEqual({ kind: 'passed' });
    expect(helper.link.isOpen).toBe(false);
  });
});

describe('handshakes of one end in a session', () => {
  async function shake(ofHelper: HandshakeAttempts, ofSharer: HandshakeAttempts, isFinished = true) {
    const pair = newPair();
    const helper = newEnd(pair, { party: 'helper' }, ofHelper);
    const sharer = newEnd(pair, sharerEnd(), ofSharer);
    await helper.link.begin();
    const received = await deliver(helper, sharer);
    if (!isFinished) return received;
    await deliver(sharer, helper);
    return deliver(helper, sharer);
  }
  const refusal = { reason: 'notProven' };

  // EV-16
  it('are broken off five times and no more', async () => {
    const [ofHelper, ofSharer] = [new HandshakeAttempts(), new HandshakeAttempts()];
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(await shake(ofHelper, ofSharer, false)).toEqual([{ kind: 'shaking' }]);
    }
    await expect(shake(ofHelper, new HandshakeAttempts())).rejects.toMatchObject(refusal);
    await expect(shake(new HandshakeAttempts(), ofSharer)).rejects.toMatchObject(refusal);
  });

  // EV-16
  it('are fifty and no more, even if they end well', async () => {
    const [ofHelper, ofSharer] = [new HandshakeAttempts(), new HandshakeAttempts()];
    for (let attempt = 0; attempt < 50; attempt++) {
      expect(await shake(ofHelper, ofSharer)).toMatchObject([{ kind: 'opened' }]);
    }
    await expect(shake(ofHelper, new HandshakeAttempts())).rejects.toMatchObject(refusal);
    await expect(shake(new HandshakeAttempts(), ofSharer)).rejects.toMatchObject(refusal);
  });

  // EV-16, EV-18
  it('do not count when a stranger began them', async () => {
    const ofSharer = new HandshakeAttempts();
    const pair = newPair();
    const sharer = newEnd(pair, sharerEnd(), ofSharer);
    for (let attempt = 0; attempt < 60; attempt++) {
      const stranger = newEnd({ ...pair, key: crypto.randomBytes(32) }, { party: 'helper' });
      await stranger.link.begin();
      await expect(deliver(stranger, sharer)).rejects.toMatchObject({ reason: 'notAuthentic' });
    }
    expect(await shake(new HandshakeAttempts(), ofSharer)).toMatchObject([{ kind: 'opened' }]);
  });
});

describe('what is not allowed', () => {
  const clipboard: PeerEvent = { event: 'clipboard', text: 'x' };
  const pointer: PeerEvent = { event: 'pointer', screen: 0, x: 0, y: 0, isVisible: true };
  const { grants } = EVERYTHING;

  // EV-8, EV-24
  it.each<[string, PeerEvent, 'helper' | 'sharer', Allowance]>([
    ['chat that the tenant blocks', chat('a'), 'helper', { grants, blockChat: true }],
    ['chat that the tenant blocks', chat('a'), 'sharer', { grants, blockChat: true }],
    ['clipboard', clipboard, 'helper', { grants: { ...grants, clipboardToSharer: false }, blockChat: false }],
    ['clipboard', clipboard, 'sharer', { grants: { ...grants, clipboardToHelper: false }, blockChat: false }],
    [
      'asking for input without control',
      { event: 'input', wants: true },
      'helper',
      { grants: { ...grants, control: false }, blockChat: false },
    ],
    ['pointing at a screen not shown', pointer, 'helper', { grants: { ...grants, view: false }, blockChat: false }],
  ])('%s is neither sent nor heard', async (_, event, party, allowance) => {
    const { helper, sharer } = await openPair();
    const [from, to] = party === 'helper' ? [helper, sharer] : [sharer, helper];
    // A sender that has not heard of it, or does not care.
    to.link.allow(allowance);
    await from.link.send(event);
    await expect(deliver(from, to)).rejects.toMatchObject({ reason: 'blocked', field: 'event' });
    from.link.allow(allowance);
    await expect(from.link.send(event)).rejects.toMatchObject({ reason: 'blocked' });
    expect(from.sent).toEqual([]);
    to.link.allow(EVERYTHING);
    from.link.allow(EVERYTHING);
    await from.link.send(event);
    expect(await deliver(from, to)).toEqual([{ kind: 'event', event }]);
  });

  // EV-24
  it('is everything but the rights, until something is allowed', async () => {
    const pair = newPair();
    const sharer = newEnd(pair, sharerEnd());
    await sharer.link.receive((await sayHello(crypto, pair)).frame);
    await expect(sharer.link.send(chat('a'))).rejects.toMatchObject({ reason: 'blocked' });
    await expect(sharer.link.send({ event: 'offer', sdp: '' })).rejects.toMatchObject({ reason: 'blocked' });
    await sharer.link.send({ event: 'rights', grants, holdsInput: false, inputHolder: null });
  });
});

// EV-20, EV-21
it('whatever is lost, doubled, swapped or altered on the way, events arrive in order, once, and unaltered', async () => {
  const deeds = fc.constantFrom('deliver', 'lose', 'double', 'old', 'alter', 'junk');
  const steps = fc.array(fc.tuple(deeds, fc.nat()), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(steps, async (script) => {
      const { helper, sharer } = await openPair();
      const heard: string[] = [];
      const seen: FrameOf<'sealed'>[] = [];
      const take = async (frame: PeerFrame) => {
        try {
          const received = await sharer.link.receive(frame);
          if (received.kind === 'event' && received.event.event === 'chat') heard.push(received.event.id);
        } catch (error) {
          expect(error).toBeInstanceOf(EventRefusal);
        }
      };
      for (const [at, [deed, number]] of script.entries()) {
        await helper.link.send(chat(String(at)));
        const frame = helper.sent.pop() as FrameOf<'sealed'>;
        const altered = frame.ciphertext.map((byte, index) =>
          index === number % frame.ciphertext.length ? byte ^ 1 : byte,
        );
        seen.push(frame);
        if (deed === 'alter') await take({ ...frame, ciphertext: altered });
        if (deed === 'junk') await take({ ...frame, counter: number, ciphertext: crypto.randomBytes(30) });
        if (deed === 'old') await take(seen[number % seen.length] ?? frame);
        if (deed === 'double') await Promise.all([take(frame), take(frame)]);
        if (deed === 'deliver') await take(frame);
      }
      const order = heard.map(Number);
      expect(order).toEqual([...new Set(order)].toSorted((a, b) => a - b));
      for (const [at, [deed]] of script.entries()) {
        if (deed === 'deliver' || deed === 'double') expect(heard).toContain(String(at));
        if (deed === 'lose' || deed === 'alter') {
          const cameLater = script.slice(at + 1).some(([later]) => later === 'old');
          if (!cameLater) expect(heard).not.toContain(String(at));
        }
      }
    }),
    { numRuns: 25 },
  );
});

// EV-3, EV-22
describe('frames', () => {
  it('read as they were written', async () => {
    const { helper } = await openPair();
    await helper.link.send(chat('a'));
    const [frame] = helper.sent;
    const { ciphertext, ...rest } = frame as FrameOf<'sealed'>;
    expect(encodeFrame(frame as PeerFrame)).toEqual({ version: 1, ...rest, ciphertext: encodeBase64(ciphertext) });
  });

  it.each([
    [{ version: 1, frame: 'waved' }, 'waved'],
    [{ version: 2, frame: 'sealed' }, 'sealed'],
    [{ version: 1, frame: 'sealed', stream: 'smell' }, 'smell'],
  ])('of a later version are unknown: %j', (data, name) => {
    expect(decodeFrame(data)).toEqual({ event: 'unknown', name });
  });

  const sealed = {
    version: 1,
    frame: 'sealed',
    from: 'a',
    to: 'b',
    stream: 'chat',
    counter: 0,
    ciphertext: 'A'.repeat(24),
  };
  it.each([
    ['event', 7],
    ['frame', { version: 1 }],
    ['version', { frame: 'sealed' }],
    ['from', { ...sealed, from: '' }],
    ['to', { ...sealed, to: 'x'.repeat(257) }],
    ['counter', { ...sealed, counter: -1 }],
    ['counter', { ...sealed, counter: 2 ** 53 }],
    ['ciphertext', { ...sealed, ciphertext: 'AAAA' }],
    ['ciphertext', { ...sealed, ciphertext: 'A'.repeat(700_000) }],
    ['nonce', { version: 1, frame: 'hello', from: 'a', to: 'b', nonce: 'AAAA', mac: `${'A'.repeat(22)}==` }],
    ['mac', { version: 1, frame: 'hello', from: 'a', to: 'b', nonce: `${'A'.repeat(22)}==` }],
  ])('are refused by the name of %s', (field, data) => {
    expect(() => decodeFrame(data)).toThrow(expect.objectContaining({ reason: 'malformed', field }));
  });

  it('of any JSON are read or refused by name, and nothing else happens', () => {
    const members = fc.dictionary(fc.constantFrom(...Object.keys(sealed), 'nonce', 'mac'), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          members.map((some) => ({ ...sealed, ...some })),
        ),
        (data) => {
          try {
            decodeFrame(data);
          } catch (error) {
            expect(error).toBeInstanceOf(EventRefusal);
            expect((error as EventRefusal).field).toEqual(expect.any(String));
          }
        },
      ),
    );
  });
});
