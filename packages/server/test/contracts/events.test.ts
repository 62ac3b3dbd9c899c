/**
 * The golden frames of events, made again from the text of `docs/spec/events.md` with Node's own primitives and none of
 * the protocol package: what another implementation would do.
 */
import { createDecipheriv, createECDH, createHash, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import ecdh from '../../../protocol/fixtures/handshake-ecdh.json' with { type: 'json' };
import plain from '../../../protocol/fixtures/handshake-plain.json' with { type: 'json' };
import relay from '../../../protocol/fixtures/relay-records.json' with { type: 'json' };

type Part = string | Buffer;

/** EV-13: each part behind its length. */
function sequence(label: string, ...parts: Part[]): Buffer {
  return Buffer.concat(
    [`open-remote-help/1 ${label}`, ...parts].flatMap((part) => {
      const bytes = Buffer.from(part as string);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
const base64 = (text = '') => Buffer.from(text, 'base64');

interface Given {
  readonly sessionKey: string;
  readonly helperConnectionId: string;
  readonly sharerConnectionId: string;
  readonly pubSubEncryptionKey: string;
  readonly pubSubEncryption: string;
}

function tools({ sessionKey, helperConnectionId, sharerConnectionId, ...given }: Given) {
  const key = base64(given.pubSubEncryptionKey);
  const iv = base64(given.pubSubEncryption);
  const placed = (label: string, ...parts: Part[]) =>
    sequence(label, sessionKey, helperConnectionId, sharerConnectionId, ...parts);
  const hkdf = (from: Buffer, info: Buffer, length: number) => Buffer.from(hkdfSync('sha256', from, iv, info, length));
  const macOf = (frame: string, ...sent: Buffer[]) =>
    hkdf(key, sequence('mac', frame, sha256(placed('sent', ...sent))), 16).toString('base64');
  return { key, placed, hkdf, macOf };
}

interface SealedFrame {
  readonly direction: string;
  readonly plaintext: string;
  readonly frame: { readonly stream: string; readonly counter: number; readonly ciphertext: string };
}

/** EV-17 to EV-21: each frame opens with the key of its stream and direction. */
function openAll(given: Given, from: Buffer, nonces: readonly Buffer[], sealed: readonly SealedFrame[]) {
  const { placed, hkdf } = tools(given);
  return sealed.map(({ direction, frame: { stream, counter, ciphertext } }) => {
    const key = hkdf(from, sequence('stream', stream, direction, ...nonces), 32);
    const iv = Buffer.alloc(12);
    iv.writeBigUInt64BE(BigInt(counter), 4);
    const bytes = base64(ciphertext);
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 })
      .setAAD(placed('sealed', stream, direction))
      .setAuthTag(bytes.subarray(-16));
    return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString();
  });
}

function streamKeys(given: Given, from: Buffer, nonces: readonly Buffer[]) {
  const { hkdf } = tools(given);
  return (stream: string, direction: string) =>
    hkdf(from, sequence('stream', stream, direction, ...nonces), 32).toString('base64');
}

describe('the golden handshake without ECDH', () => {
  const { key, macOf } = tools(plain.pair);
  const [hello, answer] = plain.frames;
  const nonces = [base64(hello?.nonce), base64(answer?.nonce)] as const;

  // EV-12, EV-18
  it('proves each frame by its MAC', () => {
    expect(hello?.mac).toBe(macOf('hello', nonces[0]));
    expect(answer?.mac).toBe(macOf('helloAnswer', ...nonces));
  });

  // EV-17, EV-19, EV-21
  it('gives the keys, and they open the frames', () => {
    const keyOf = streamKeys(plain.pair, key, nonces);
    for (const { stream, direction, key: expected } of plain.streamKeys)
      expect(keyOf(stream, direction)).toBe(expected);
    const texts = openAll(plain.pair, key, nonces, plain.sealed);
    expect(texts).toEqual(plain.sealed.map(({ plaintext }) => plaintext));
  });
});

describe('the golden handshake with ECDH', () => {
  const { key, placed, hkdf, macOf } = tools(ecdh.pair);
  const [commit, answer, reveal] = ecdh.frames;
  const commitment = base64(commit?.commitment);
  const ofSharer = [answer?.nonce, answer?.ecdhKey, answer?.deviceKey].map(base64);
  const signature = base64(answer?.signature);
  const ofHelper = [reveal?.nonce, reveal?.ecdhKey].map(base64);
  const all = [commitment, ...ofSharer, signature, ...ofHelper];
  const transcript = sha256(placed('transcript', ...all));
  const nonces = [base64(reveal?.nonce), base64(answer?.nonce)] as const;

  // EV-14, EV-18
  it('commits to what it reveals, and proves each frame by its MAC', () => {
    expect(sha256(placed('commitment', ...ofHelper))).toEqual(commitment);
    expect(commit?.mac).toBe(macOf('commit', commitment));
    expect(answer?.mac).toBe(macOf('commitAnswer', commitment, ...ofSharer, signature));
    expect(reveal?.mac).toBe(macOf('reveal', ...all));
  });

  // EV-15
  it('is signed by the device', () => {
    const point = base64(answer?.deviceKey);
    const x = point.subarray(1, 33).toString('base64url');
    const y = point.subarray(33).toString('base64url');
    const deviceKey = createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
    const signed = placed('device', commitment, ...ofSharer);
    expect(verify('sha256', signed, { key: deviceKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(true);
  });

  // EV-16
  it('shows six digits of all that was sent', () => {
    expect(transcript.toString('base64')).toBe(ecdh.transcriptHash);
    const number = sha256(sequence('digits', transcript)).readBigUInt64BE() % 1_000_000n;
    expect(number.toString().padStart(6, '0')).toBe(ecdh.digits);
  });

  // EV-17, EV-19, EV-21
  it('mixes the shared secret in, and the keys open the frames', () => {
    const own = createECDH('prime256v1');
    own.setPrivateKey(Buffer.from(ecdh.helper.ecdhPrivateKey.d, 'base64url'));
    const pairKey = hkdf(
      Buffer.concat([key, own.computeSecret(base64(answer?.ecdhKey))]),
      sequence('pair', transcript),
      32,
    );
    expect(pairKey.toString('base64')).toBe(ecdh.pairKey);
    const keyOf = streamKeys(ecdh.pair, pairKey, nonces);
    for (const { stream, direction, key: expected } of ecdh.streamKeys) expect(keyOf(stream, direction)).toBe(expected);
    const texts = openAll(ecdh.pair, pairKey, nonces, ecdh.sealed);
    expect(texts).toEqual(ecdh.sealed.map(({ plaintext }) => plaintext));
  });
});

// RLY-3, RLY-5
it('records of a relay open with keys of its own, each with its place as counter', () => {
  const [key, iv, ...nonces] = Object.values(relay.pair).map(base64) as [Buffer, Buffer, ...Buffer[]];
  for (const { direction, counter, plaintext, message } of relay.records) {
    const info = sequence('relay', relay.relayId, direction, ...nonces);
    const relayKey = Buffer.from(hkdfSync('sha256', key, iv, info, 32));
    expect(relayKey.toString('base64')).toBe(relay.keys[direction as 'toSharer']);
    const place = Buffer.alloc(12);
    place.writeBigUInt64BE(BigInt(counter), 4);
    const bytes = base64(message);
    const decipher = createDecipheriv('aes-256-gcm', relayKey, place, { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(-16));
    const opened = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
    expect(opened.toString('base64')).toBe(plaintext);
  }
});
