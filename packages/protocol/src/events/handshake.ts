/**
 * The handshake of a pair (`docs/spec/events.md`, EV-12 to EV-18). With ECDH the helper's end commits to its key before
 * it sees the sharer's, so that nobody between them can look for keys that give both the same six digits.
 */
import { type Bytes, equalBytes } from './bytes.ts';
import { type CryptoPort, type DeviceSigner, type EphemeralKey, LENGTHS } from './crypto-port.ts';
import {
  commitmentOf,
  digitsOf,
  macOf,
  mixedKey,
  type Pair,
  type PairSecret,
  signedByDevice,
  type Transcript,
  transcriptHash,
} from './derivation.ts';
import type { FrameOf } from './peer-frames.ts';
import { EventRefusal } from './refusal.ts';

/** What the ends know of who can read along. */
export type Assurance =
  | {
      readonly kind: 'endToEnd';
      /** Six digits that both screens show: equal unless someone swapped keys. */
      readonly digits: string;
      /** The key that signed for the sharer's end, 65 bytes. */
      readonly deviceKey: Bytes;
      /** Whether it is the one that was expected; false where none was. */
      readonly isExpectedDevice: boolean;
    }
  /** The keys come from the server's key alone: whoever hands that out can read along. */
  | { readonly kind: 'serverKey' };

export interface Opened {
  readonly secret: PairSecret;
  readonly assurance: Assurance;
}

function notProven(field: string, problem: string): EventRefusal {
  return new EventRefusal('notProven', `${field} ${problem}.`, field);
}

async function withMac<F extends { readonly frame: string }>(
  crypto: CryptoPort,
  pair: Pair,
  frame: F,
  transcript: Transcript,
): Promise<F & { readonly mac: Bytes }> {
  return { ...frame, mac: await macOf(crypto, pair, frame.frame, transcript) };
}

/** Frames of others in the group fail here, and change nothing. */
async function assertFromPair(
  crypto: CryptoPort,
  pair: Pair,
  { frame, mac }: { readonly frame: string; readonly mac: Bytes },
  transcript: Transcript,
): Promise<void> {
  if (!equalBytes(mac, await macOf(crypto, pair, frame, transcript))) {
    throw new EventRefusal('notAuthentic', 'The frame does not come from the other end of this pair.', 'mac');
  }
}

function toSharer({ helperConnectionId, sharerConnectionId }: Pair) {
  return { from: helperConnectionId, to: sharerConnectionId } as const;
}

function toHelper({ helperConnectionId, sharerConnectionId }: Pair) {
  return { from: sharerConnectionId, to: helperConnectionId } as const;
}

/** The helper's first frame without ECDH, and what to do with the answer. For clients that know the server's key alone. */
export async function sayHello(crypto: CryptoPort, pair: Pair) {
  const helperNonce = crypto.randomBytes(LENGTHS.nonce);
  const frame: FrameOf<'hello'> = await withMac(
    crypto,
    pair,
    { frame: 'hello', ...toSharer(pair), nonce: helperNonce },
    [helperNonce],
  );
  const answered = async (answer: FrameOf<'helloAnswer'>): Promise<Opened> => {
    await assertFromPair(crypto, pair, answer, [helperNonce, answer.nonce]);
    return { secret: { key: pair.key, helperNonce, sharerNonce: answer.nonce }, assurance: { kind: 'serverKey' } };
  };
  return { frame, answered };
}

/** The sharer's answer to `hello`. @throws EventRefusal `notAuthentic` */
export async function answerHello(crypto: CryptoPort, pair: Pair, hello: FrameOf<'hello'>) {
  await assertFromPair(crypto, pair, hello, [hello.nonce]);
  const nonce = crypto.randomBytes(LENGTHS.nonce);
  const frame: FrameOf<'helloAnswer'> = await withMac(
    crypto,
    pair,
    { frame: 'helloAnswer', ...toHelper(pair), nonce },
    [hello.nonce, nonce],
  );
  const opened: Opened = {
    secret: { key: pair.key, helperNonce: hello.nonce, sharerNonce: nonce },
    assurance: { kind: 'serverKey' },
  };
  return { frame, opened };
}

/**
 * The helper's first frame with ECDH, and what to do with the answer.
 * @param expectedDeviceKey the key under which the device is known; another one is refused
 */
export async function beginHandshake(crypto: CryptoPort, pair: Pair, expectedDeviceKey?: Bytes) {
  const nonce = crypto.randomBytes(LENGTHS.nonce);
  const ephemeral = await crypto.generateEphemeralKey();
  const commitment = await commitmentOf(crypto, pair, nonce, ephemeral.publicKey);
  const frame: FrameOf<'commit'> = await withMac(crypto, pair, { frame: 'commit', ...toSharer(pair), commitment }, [
    commitment,
  ]);
  /** @throws EventRefusal `notAuthentic`: not from this pair; `notProven`: the pair must not go on */
  const answered = async (answer: FrameOf<'commitAnswer'>) => {
    const signed = [commitment, answer.nonce, answer.ecdhKey, answer.deviceKey];
    const sent = [...signed, answer.signature];
    await assertFromPair(crypto, pair, answer, sent);
    const isSigned = await crypto.verify(answer.deviceKey, answer.signature, signedByDevice(pair, signed));
    if (!isSigned) throw notProven('signature', 'does not come from the device key');
    if (expectedDeviceKey && !equalBytes(expectedDeviceKey, answer.deviceKey)) {
      throw notProven('deviceKey', 'is not that of this device');
    }
    const all = [...sent, nonce, ephemeral.publicKey];
    const opened = await open(crypto, pair, all, ephemeral, answer.ecdhKey, {
      helperNonce: nonce,
      sharerNonce: answer.nonce,
      deviceKey: answer.deviceKey,
      isExpectedDevice: expectedDeviceKey !== undefined,
    });
    const reveal = { frame: 'reveal', ...toSharer(pair), nonce, ecdhKey: ephemeral.publicKey } as const;
    return { frame: (await withMac(crypto, pair, reveal, all)) satisfies FrameOf<'reveal'>, opened };
  };
  return { frame, answered };
}

/** The sharer's answer to `commit`, and what to do with what is revealed. @throws EventRefusal `notAuthentic` */
export async function answerCommit(crypto: CryptoPort, pair: Pair, signer: DeviceSigner, first: FrameOf<'commit'>) {
  await assertFromPair(crypto, pair, first, [first.commitment]);
  const nonce = crypto.randomBytes(LENGTHS.nonce);
  const ephemeral = await crypto.generateEphemeralKey();
  const deviceKey = signer.publicKey;
  const signed = [first.commitment, nonce, ephemeral.publicKey, deviceKey];
  const signature = await signer.sign(signedByDevice(pair, signed));
  const sent = [...signed, signature];
  const answer = {
    frame: 'commitAnswer',
    ...toHelper(pair),
    nonce,
    ecdhKey: ephemeral.publicKey,
    deviceKey,
    signature,
  } as const;
  const frame: FrameOf<'commitAnswer'> = await withMac(crypto, pair, answer, sent);
  /** @throws EventRefusal `notAuthentic`: not from this pair; `notProven`: the pair must not go on */
  const revealed = async (reveal: FrameOf<'reveal'>): Promise<Opened> => {
    const all = [...sent, reveal.nonce, reveal.ecdhKey];
    await assertFromPair(crypto, pair, reveal, all);
    const commitment = await commitmentOf(crypto, pair, reveal.nonce, reveal.ecdhKey);
    if (!equalBytes(commitment, first.commitment)) throw notProven('ecdhKey', 'is not the one committed to');
    return open(crypto, pair, all, ephemeral, reveal.ecdhKey, {
      helperNonce: reveal.nonce,
      sharerNonce: nonce,
      deviceKey,
      isExpectedDevice: true,
    });
  };
  return { frame, revealed };
}

interface Facts {
  readonly helperNonce: Bytes;
  readonly sharerNonce: Bytes;
  readonly deviceKey: Bytes;
  readonly isExpectedDevice: boolean;
}

async function open(
  crypto: CryptoPort,
  pair: Pair,
  transcript: Transcript,
  own: EphemeralKey,
  other: Bytes,
  { helperNonce, sharerNonce, deviceKey, isExpectedDevice }: Facts,
): Promise<Opened> {
  const shared = equalBytes(own.publicKey, other) ? undefined : await own.agree(other);
  if (!shared) throw notProven('ecdhKey', 'is no key of another end');
  const hash = await transcriptHash(crypto, pair, transcript);
  return {
    secret: { key: await mixedKey(crypto, pair, shared, hash), helperNonce, sharerNonce },
    assurance: { kind: 'endToEnd', digits: await digitsOf(crypto, hash), deviceKey, isExpectedDevice },
  };
}
