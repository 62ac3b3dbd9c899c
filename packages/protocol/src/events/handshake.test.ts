import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fixedCrypto, recordedSigner } from '../../../testkit/src/fixed-crypto.ts';
import ecdh from '../../fixtures/handshake-ecdh.json' with { type: 'json' };
import plain from '../../fixtures/handshake-plain.json' with { type: 'json' };
import { type Bytes, decodeBase64, encodeBase64 } from './bytes.ts';
import { macOf, type Pair, type PairSecret, pointOf, readPairKey, streamKey, transcriptHash } from './derivation.ts';
import { answerCommit, answerHello, beginHandshake, sayHello } from './handshake.ts';
import type { PeerEvent } from './peer-events.ts';
import { decodeFrame, encodeFrame, type FrameOf } from './peer-frames.ts';
import { SealedLink } from './sealed-link.ts';
import { webCryptoPort, webCryptoSigner } from './web-crypto.ts';
import { DIRECTIONS, STREAMS } from './words.ts';

const crypto = webCryptoPort(globalThis.crypto);

function bytes(text: string): Bytes {
  const read = decodeBase64(text);
  if (!read) throw new Error('The fixture holds base64.');
  return read;
}

function pairOf({ pubSubEncryptionKey, pubSubEncryption, ...names }: typeof ecdh.pair): Pair {
  return { ...names, ...readPairKey(pubSubEncryptionKey, pubSubEncryption) };
}

const pair = pairOf(ecdh.pair);

async function newSigner() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  return webCryptoSigner(
    globalThis.crypto,
    await globalThis.crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']),
  );
}

async function keysOf(secret: Parameters<typeof streamKey>[2], of = pair) {
  const places = STREAMS.flatMap((stream) => DIRECTIONS.map((direction) => ({ stream, direction })));
  return Promise.all(
    places.map(async (place) => ({
      ...place,
      key: encodeBase64(await streamKey(crypto, of, secret, place.stream, place.direction)),
    })),
  );
}

/** A frame with another value in one member, and a MAC that fits, as whoever has the server's key can make it. */
async function forged<F extends FrameOf<'commitAnswer'> | FrameOf<'reveal'>>(
  frame: F,
  changes: Partial<F>,
  transcript: (frame: F) => readonly Bytes[],
): Promise<F> {
  const changed = { ...frame, ...changes };
  return { ...changed, mac: await macOf(crypto, pair, frame.frame, transcript(changed)) };
}

/** Seals the golden events anew, and opens the golden frames. */
async function assertSealed(secret: PairSecret, sealed: typeof ecdh.sealed) {
  const links = {
    toSharer: new SealedLink(crypto, pair, secret, 'toSharer'),
    toHelper: new SealedLink(crypto, pair, secret, 'toHelper'),
  };
  for (const { direction, plaintext, frame } of sealed) {
    const [from, to] = direction === 'toSharer' ? [links.toSharer, links.toHelper] : [links.toHelper, links.toSharer];
    const event = await to.open(decodeFrame(frame) as FrameOf<'sealed'>);
    expect(event).toEqual({ event: event.event, ...JSON.parse(plaintext), version: undefined });
    expect(encodeFrame(await from.seal(event as PeerEvent))).toEqual(frame);
  }
}

describe('golden handshakes', () => {
  // EV-13, EV-14, EV-15, EV-17, EV-21
  it('with ECDH', async () => {
    const [, answerData] = ecdh.frames;
    const helper = fixedCrypto(bytes(ecdh.helper.nonce), ecdh.helper.ecdhPrivateKey);
    const sharer = fixedCrypto(bytes(ecdh.sharer.nonce), ecdh.sharer.ecdhPrivateKey);
    const deviceKey = bytes(ecdh.sharer.deviceKey);
    const signer = recordedSigner(deviceKey, bytes(answerData?.signature ?? ''));
    const begun = await beginHandshake(helper, pair, deviceKey);
    const answer = await answerCommit(sharer, pair, signer, begun.frame);
    const helperEnd = await begun.answered(answer.frame);
    const opened = await answer.revealed(helperEnd.frame);
    expect([begun.frame, answer.frame, helperEnd.frame].map(encodeFrame)).toEqual(ecdh.frames);
    expect(helperEnd.opened).toEqual(opened);
    expect(opened.assurance).toEqual({ kind: 'endToEnd', digits: ecdh.digits, deviceKey, isExpectedDevice: true });
    expect(encodeBase64(opened.secret.key)).toBe(ecdh.pairKey);
    expect(await keysOf(opened.secret)).toEqual(ecdh.streamKeys);
    await assertSealed(opened.secret, ecdh.sealed);
  });

  // EV-12, EV-17
  it('with the server key alone', async () => {
    const helper = fixedCrypto(bytes(plain.helper.nonce), ecdh.helper.ecdhPrivateKey);
    const sharer = fixedCrypto(bytes(plain.sharer.nonce), ecdh.sharer.ecdhPrivateKey);
    const begun = await sayHello(helper, pairOf(plain.pair));
    const answer = await answerHello(sharer, pairOf(plain.pair), begun.frame);
    expect([begun.frame, answer.frame].map(encodeFrame)).toEqual(plain.frames);
    expect(await begun.answered(answer.frame)).toEqual(answer.opened);
    expect(answer.opened.assurance).toEqual({ kind: 'serverKey' });
    expect(await keysOf(answer.opened.secret)).toEqual(plain.streamKeys);
    await assertSealed(answer.opened.secret, plain.sealed);
  });
});

async function handshake() {
  const signer = await newSigner();
  const begun = await beginHandshake(crypto, pair);
  const answer = await answerCommit(crypto, pair, signer, begun.frame);
  return { signer, begun, answer };
}

// EV-16, EV-17
it('gives both ends the same, and never the same twice', async () => {
  const seen = new Set<string>();
  for (let time = 0; time < 3; time++) {
    const { begun, answer } = await handshake();
    const { frame, opened } = await begun.answered(answer.frame);
    expect(opened.secret).toEqual((await answer.revealed(frame)).secret);
    expect(opened.assurance).toMatchObject({ kind: 'endToEnd', isExpectedDevice: false });
    for (const { key } of await keysOf(opened.secret)) seen.add(key);
  }
  expect(seen.size).toBe(3 * STREAMS.length * DIRECTIONS.length);
});

// EV-17
it('derives no key twice: not for another stream, direction, nonce, connection key or initialisation vector', async () => {
  const random = (length: number) =>
    fc.uint8Array({ minLength: length, maxLength: length }).map((b) => new Uint8Array(b));
  const secrets = fc.record({ key: random(32), helperNonce: random(16), sharerNonce: random(16), iv: random(16) });
  await fc.assert(
    fc.asyncProperty(
      secrets,
      fc.constantFrom('key', 'helperNonce', 'sharerNonce', 'iv'),
      fc.nat(15),
      async (one, member, at) => {
        const other = { ...one, [member]: one[member].map((byte, index) => (index === at ? byte ^ 1 : byte)) };
        const all = [
          ...(await keysOf(one, { ...pair, iv: one.iv })),
          ...(await keysOf(other, { ...pair, iv: other.iv })),
        ];
        expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
      },
    ),
    { numRuns: 20 },
  );
});

// EV-18
describe('whoever lacks the key of the pair', () => {
  it('can alter no frame, and not make one pass for a frame of another pair', async () => {
    const { begun, answer } = await handshake();
    const { frame: reveal } = await begun.answered(answer.frame);
    const bad = { reason: 'notAuthentic', field: 'mac' };
    const flipped = (value: Bytes) => value.map((byte, index) => (index === 3 ? byte ^ 4 : byte));
    for (const name of ['nonce', 'ecdhKey', 'deviceKey', 'signature', 'mac'] as const) {
      const altered = { ...answer.frame, [name]: flipped(answer.frame[name]) };
      await expect(begun.answered(altered)).rejects.toMatchObject(bad);
    }
    for (const name of ['nonce', 'ecdhKey', 'mac'] as const) {
      await expect(answer.revealed({ ...reveal, [name]: flipped(reveal[name]) })).rejects.toMatchObject(bad);
    }
    const others = [{ sessionKey: 'other' }, { helperConnectionId: 'other' }, { sharerConnectionId: 'other' }];
    for (const other of [...others, { key: crypto.randomBytes(32) }, { iv: crypto.randomBytes(16) }]) {
      const elsewhere = { ...pair, ...other };
      await expect(answerCommit(crypto, elsewhere, await newSigner(), begun.frame)).rejects.toMatchObject(bad);
      await expect(answerHello(crypto, elsewhere, (await sayHello(crypto, pair)).frame)).rejects.toMatchObject(bad);
    }
  });
});

describe('whoever has the key of the pair, as the server does,', () => {
  // EV-16
  it('gives the ends different digits by swapping keys', async () => {
    const { begun } = await handshake();
    const towardsHelper = await answerCommit(crypto, pair, await newSigner(), begun.frame);
    const helper = await begun.answered(towardsHelper.frame);
    const own = await beginHandshake(crypto, pair);
    const answer = await answerCommit(crypto, pair, await newSigner(), own.frame);
    const sharer = await answer.revealed((await own.answered(answer.frame)).frame);
    expect(helper.opened.assurance).toMatchObject({ kind: 'endToEnd', digits: expect.stringMatching(/^\d{6}$/) });
    expect(helper.opened.assurance).not.toEqual(sharer.assurance);
    expect(helper.opened.secret.key).not.toEqual(sharer.secret.key);
  });

  // EV-14
  it('can reveal nothing but what was committed to', async () => {
    const { begun, answer } = await handshake();
    const { frame } = await begun.answered(answer.frame);
    const { nonce, ecdhKey, deviceKey, signature } = answer.frame;
    const sent = [begun.frame.commitment, nonce, ecdhKey, deviceKey, signature];
    const transcript = (reveal: FrameOf<'reveal'>) => [...sent, reveal.nonce, reveal.ecdhKey];
    const others = [{ nonce: crypto.randomBytes(16) }, { ecdhKey: (await crypto.generateEphemeralKey()).publicKey }];
    for (const other of others) {
      const bad = { reason: 'notProven', field: 'ecdhKey' };
      await expect(answer.revealed(await forged(frame, other, transcript))).rejects.toMatchObject(bad);
    }
    await expect(answer.revealed(await forged(frame, {}, transcript))).resolves.toBeDefined();
  });

  // EV-15
  it('cannot sign for the device, nor put another device in its place', async () => {
    const { signer } = await handshake();
    const begun = await beginHandshake(crypto, pair, signer.publicKey);
    const real = await answerCommit(crypto, pair, signer, begun.frame);
    const transcript = ({ nonce, ecdhKey, deviceKey, signature }: FrameOf<'commitAnswer'>) => [
      begun.frame.commitment,
      nonce,
      ecdhKey,
      deviceKey,
      signature,
    ];
    const own = (await crypto.generateEphemeralKey()).publicKey;
    for (const changes of [{ ecdhKey: own }, { nonce: own.slice(0, 16) }, { signature: crypto.randomBytes(64) }]) {
      const bad = { reason: 'notProven', field: 'signature' };
      await expect(begun.answered(await forged(real.frame, changes, transcript))).rejects.toMatchObject(bad);
    }
    const imposter = await answerCommit(crypto, pair, await newSigner(), begun.frame);
    await expect(begun.answered(imposter.frame)).rejects.toMatchObject({ reason: 'notProven', field: 'deviceKey' });
    await expect(begun.answered(real.frame)).resolves.toMatchObject({
      opened: { assurance: { isExpectedDevice: true } },
    });
  });

  // EV-14
  it.each(['a point off the curve', 'the own key sent back'])('cannot make an end agree with %s', async (which) => {
    const signer = await newSigner();
    const begun = await beginHandshake(crypto, pair);
    // The helper's own key is only known here because the nonce and key are revealed once to find it.
    const peek = await begun.answered((await answerCommit(crypto, pair, signer, begun.frame)).frame);
    const ecdhKey = which === 'the own key sent back' ? peek.frame.ecdhKey : peek.frame.ecdhKey.with(64, 0).with(63, 0);
    const evil = {
      ...crypto,
      generateEphemeralKey: async () => ({ publicKey: new Uint8Array(ecdhKey), agree: async () => undefined }),
    };
    const answer = await answerCommit(evil, pair, signer, begun.frame);
    await expect(begun.answered(answer.frame)).rejects.toMatchObject({ reason: 'notProven', field: 'ecdhKey' });
  });
});

// EV-15
it('knows a device key in both of its forms', () => {
  const { x, y } = ecdh.helper.ecdhPrivateKey;
  expect(encodeBase64(pointOf({ kty: 'EC', crv: 'P-256', x, y }))).toBe(ecdh.frames[2]?.ecdhKey);
  for (const [field, key] of [
    ['x', { x: 'AAAA', y }],
    ['y', { x, y: `${y}A` }],
    ['y', { x, y: '' }],
  ] as const) {
    expect(() => pointOf({ kty: 'EC', crv: 'P-256', ...key })).toThrow(expect.objectContaining({ field }));
  }
});

// EV-16
it('draws its digits from everything that was sent', async () => {
  const values = ecdh.frames.flatMap(({ nonce, ecdhKey }) => [nonce, ecdhKey]).filter((value) => value !== undefined);
  const transcript = values.map(bytes);
  const hash = encodeBase64(await transcriptHash(crypto, pair, transcript));
  for (const [at, value] of transcript.entries()) {
    const other = transcript.with(
      at,
      value.map((byte, index) => (index === 0 ? byte ^ 1 : byte)),
    );
    expect(encodeBase64(await transcriptHash(crypto, pair, other))).not.toBe(hash);
  }
  for (const member of ['sessionKey', 'helperConnectionId', 'sharerConnectionId'] as const) {
    expect(encodeBase64(await transcriptHash(crypto, { ...pair, [member]: 'other' }, transcript))).not.toBe(hash);
  }
});
