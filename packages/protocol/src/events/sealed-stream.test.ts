import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from './bytes.ts';
import { ivOf, MAX_COUNTER, OpeningStream, SealingStream } from './sealed-stream.ts';
import { webCryptoPort } from './web-crypto.ts';

const crypto = webCryptoPort(globalThis.crypto);
const AAD = encodeUtf8('a stream');

async function ends(next = 0) {
  const cipher = await crypto.cipher(crypto.randomBytes(32));
  return { sealing: new SealingStream(cipher, AAD, next), opening: new OpeningStream(cipher, AAD), cipher };
}

// EV-19
it('counts from 0, in 96 bits', async () => {
  const { sealing } = await ends();
  const sealed = await Promise.all([0, 1, 2].map(() => sealing.seal(encodeUtf8('x'))));
  expect(sealed.map(({ counter }) => counter)).toEqual([0, 1, 2]);
  expect(ivOf(258)).toEqual(new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]));
  expect(ivOf(MAX_COUNTER)).toEqual(new Uint8Array([0, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]));
});

// EV-19
it('seals with the last counter and never again', async () => {
  const { sealing, opening } = await ends(MAX_COUNTER);
  const last = await sealing.seal(encodeUtf8('last'));
  expect(last.counter).toBe(MAX_COUNTER);
  expect(await opening.open(last)).toEqual(encodeUtf8('last'));
  await expect(sealing.seal(encodeUtf8('more'))).rejects.toMatchObject({ reason: 'exhausted', field: 'counter' });
  await expect(sealing.seal(encodeUtf8('more'))).rejects.toMatchObject({ reason: 'exhausted' });
});

describe('an opening stream', () => {
  // EV-20
  it('takes what comes with gaps, and nothing again or out of order', async () => {
    const { sealing, opening } = await ends();
    const [zero, one, two, three] = await Promise.all(
      ['0', '1', '2', '3'].map((text) => sealing.seal(encodeUtf8(text))),
    );
    if (!zero || !one || !two || !three) throw new Error('Four frames were sealed.');
    expect(await opening.open(one)).toEqual(encodeUtf8('1'));
    for (const old of [one, zero]) await expect(opening.open(old)).rejects.toMatchObject({ reason: 'replayed' });
    expect(await opening.open(three)).toEqual(encodeUtf8('3'));
    await expect(opening.open(two)).rejects.toMatchObject({ reason: 'replayed' });
  });

  // EV-20
  it('takes one of two that come at the same moment', async () => {
    const { sealing, opening } = await ends();
    const frame = await sealing.seal(encodeUtf8('once'));
    const outcomes = await Promise.allSettled([opening.open(frame), opening.open(frame), opening.open(frame)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected']);
  });

  // EV-20
  it('is not moved on by a forged frame', async () => {
    const { sealing, opening } = await ends();
    const frame = await sealing.seal(encodeUtf8('real'));
    const forged = { counter: MAX_COUNTER, ciphertext: crypto.randomBytes(40) };
    await expect(opening.open(forged)).rejects.toMatchObject({ reason: 'notAuthentic' });
    expect(await opening.open(frame)).toEqual(encodeUtf8('real'));
  });

  // EV-21
  it('refuses whatever was altered: counter, ciphertext, tag, length, or what is authenticated beside them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (text, at, flip) => {
          const { sealing, opening, cipher } = await ends();
          const { counter, ciphertext } = await sealing.seal(new Uint8Array(text));
          const altered = ciphertext.map((byte, index) => (index === at % ciphertext.length ? byte ^ flip : byte));
          const bad = { reason: 'notAuthentic' };
          await expect(opening.open({ counter, ciphertext: altered })).rejects.toMatchObject(bad);
          await expect(opening.open({ counter: counter + 1, ciphertext })).rejects.toMatchObject(bad);
          await expect(opening.open({ counter, ciphertext: ciphertext.slice(0, -1) })).rejects.toMatchObject(bad);
          await expect(opening.open({ counter, ciphertext: ciphertext.slice(0, 8) })).rejects.toMatchObject(bad);
          const other = new OpeningStream(cipher, encodeUtf8('another stream'));
          await expect(other.open({ counter, ciphertext })).rejects.toMatchObject(bad);
          expect(await opening.open({ counter, ciphertext })).toEqual(new Uint8Array(text));
        },
      ),
      { numRuns: 30 },
    );
  });
});
