/** Everything that is hashed, derived or authenticated, byte for byte (`docs/spec/events.md`, EV-13 to EV-21). */
import type { DevicePublicKey } from '../device/device-api.ts';
import { type Bytes, concat, decodeBase64, encodeUtf8 } from './bytes.ts';
import { type CryptoPort, LENGTHS } from './crypto-port.ts';
import { malformed } from './shape.ts';
import type { Direction, Stream } from './words.ts';

/** One connection of a helper and one of the sharer, and what the server gave both for it. */
export interface Pair {
  readonly sessionKey: string;
  readonly helperConnectionId: string;
  readonly sharerConnectionId: string;
  /** 32 bytes: `pubSubEncryptionKey`. */
  readonly key: Bytes;
  /** 16 bytes: `pubSubEncryption`, the salt of every derivation. */
  readonly iv: Bytes;
}

/** What the keys of streams come from, once the ends have shaken hands. */
export interface PairSecret {
  /** 32 bytes: the pair's key as the server gave it, or that with the ECDH secret mixed in. */
  readonly key: Bytes;
  readonly helperNonce: Bytes;
  readonly sharerNonce: Bytes;
}

/** What a frame of the handshake proves by its MAC: all values sent so far, in the order in which they are sent. */
export type Transcript = readonly Bytes[];

/** Begins an uncompressed point (SEC 1, 2.3.3). */
const UNCOMPRESSED = 4;
const PREFIX = 'open-remote-help/1 ';

/** Text and bytes behind one another, each behind its length (32 bits, big-endian), so that no two sequences are alike. */
export function sequence(label: string, ...parts: readonly (string | Bytes)[]): Bytes {
  return concat(
    ...[PREFIX + label, ...parts].flatMap((part) => {
      const bytes = typeof part === 'string' ? encodeUtf8(part) : part;
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, bytes.length);
      return [length, bytes];
    }),
  );
}

/** Reads key and initialisation vector as `requestRemoteHelpSessionAccess` returns them. @throws EventRefusal */
export function readPairKey(pubSubEncryptionKey: string, pubSubEncryption: string): Pick<Pair, 'key' | 'iv'> {
  const key = decodeBase64(pubSubEncryptionKey);
  if (key?.length !== LENGTHS.key) throw malformed('pubSubEncryptionKey', 'is not base64 of 32 bytes');
  const iv = decodeBase64(pubSubEncryption);
  if (iv?.length !== LENGTHS.iv) throw malformed('pubSubEncryption', 'is not base64 of 16 bytes');
  return { key, iv };
}

/** The 65 bytes of a device's key, as it stands in its enrolment. @throws EventRefusal */
export function pointOf({ x, y }: DevicePublicKey): Bytes {
  const [ofX, ofY] = [x, y].map((half) => decodeBase64(`${half.replaceAll('-', '+').replaceAll('_', '/')}=`));
  if (ofX?.length !== 32) throw malformed('x', 'is not base64url of 32 bytes');
  if (ofY?.length !== 32) throw malformed('y', 'is not base64url of 32 bytes');
  return concat(new Uint8Array([UNCOMPRESSED]), ofX, ofY);
}

function placed(label: string, pair: Pair, ...parts: readonly (string | Bytes)[]): Bytes {
  return sequence(label, pair.sessionKey, pair.helperConnectionId, pair.sharerConnectionId, ...parts);
}

/** What the helper's end commits to before it sees anything of the other. */
export function commitmentOf(crypto: CryptoPort, pair: Pair, nonce: Bytes, ecdhKey: Bytes): Promise<Bytes> {
  return crypto.sha256(placed('commitment', pair, nonce, ecdhKey));
}

/** What the device signs. It can be taken for nothing else that the device's key signs: a JWT holds no length prefix. */
export function signedByDevice(pair: Pair, transcript: Transcript): Bytes {
  return placed('device', pair, ...transcript);
}

/** SHA-256 over all that both ends sent. */
export function transcriptHash(crypto: CryptoPort, pair: Pair, transcript: Transcript): Promise<Bytes> {
  return crypto.sha256(placed('transcript', pair, ...transcript));
}

/** Proves to the other end that a frame comes from who knows the pair's key: 16 bytes. */
export async function macOf(crypto: CryptoPort, pair: Pair, frame: string, transcript: Transcript): Promise<Bytes> {
  const hash = await crypto.sha256(placed('sent', pair, ...transcript));
  return crypto.hkdf(pair.key, pair.iv, sequence('mac', frame, hash), LENGTHS.mac);
}

/** The key of a pair between our own ends. */
export function mixedKey(crypto: CryptoPort, pair: Pair, shared: Bytes, hash: Bytes): Promise<Bytes> {
  return crypto.hkdf(concat(pair.key, shared), pair.iv, sequence('pair', hash), LENGTHS.key);
}

/** The six digits that both screens show. */
export async function digitsOf(crypto: CryptoPort, hash: Bytes): Promise<string> {
  const digest = await crypto.sha256(sequence('digits', hash));
  const number = new DataView(digest.buffer).getBigUint64(0) % 1_000_000n;
  return number.toString().padStart(6, '0');
}

/** The key of one stream in one direction, 32 bytes. */
export function streamKey(
  crypto: CryptoPort,
  pair: Pair,
  secret: PairSecret,
  stream: Stream,
  direction: Direction,
): Promise<Bytes> {
  const info = sequence('stream', stream, direction, secret.helperNonce, secret.sharerNonce);
  return crypto.hkdf(secret.key, pair.iv, info, LENGTHS.key);
}

/** The keys of one relay, 32 bytes each. */
export interface RelayKeys {
  readonly toSharer: Bytes;
  readonly toHelper: Bytes;
}

/** A relay's keys come from its pair's, as those of streams do; another relay of the same pair has others. */
export async function relayKeysOf(
  crypto: CryptoPort,
  pair: Pair,
  secret: PairSecret,
  relayId: string,
): Promise<RelayKeys> {
  const keyOf = (direction: Direction) => {
    const info = sequence('relay', relayId, direction, secret.helperNonce, secret.sharerNonce);
    return crypto.hkdf(secret.key, pair.iv, info, LENGTHS.key);
  };
  const [toSharer, toHelper] = await Promise.all([keyOf('toSharer'), keyOf('toHelper')]);
  return { toSharer, toHelper };
}

/** What every sealed frame of a stream authenticates beside its content. */
export function additionalDataOf(pair: Pair, stream: Stream, direction: Direction): Bytes {
  return placed('sealed', pair, stream, direction);
}
