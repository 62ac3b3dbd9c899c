/** A pair that has shaken hands: seals events into frames and opens frames into events, each stream under its own key. */
import type { CryptoPort } from './crypto-port.ts';
import { additionalDataOf, type Pair, type PairSecret, type RelayKeys, relayKeysOf, streamKey } from './derivation.ts';
import { decodePeerEvent, encodePeerEvent, type PeerEvent, placeOf } from './peer-events.ts';
import type { FrameOf } from './peer-frames.ts';
import { OpeningStream, SealingStream } from './sealed-stream.ts';
import type { Direction, Stream, UnknownEvent } from './words.ts';

export class SealedLink {
  readonly #crypto: CryptoPort;
  readonly #pair: Pair;
  readonly #secret: PairSecret;
  readonly #sends: Direction;
  readonly #receives: Direction;
  readonly #sealing = new Map<Stream, Promise<SealingStream>>();
  readonly #opening = new Map<Stream, Promise<OpeningStream>>();

  /** @param sends the direction in which this end sends */
  constructor(crypto: CryptoPort, pair: Pair, secret: PairSecret, sends: Direction) {
    this.#crypto = crypto;
    this.#pair = pair;
    this.#secret = secret;
    this.#sends = sends;
    this.#receives = sends === 'toSharer' ? 'toHelper' : 'toSharer';
  }

  /** @throws EventRefusal `malformed`, `misplaced`, `exhausted` */
  async seal(event: PeerEvent): Promise<FrameOf<'sealed'>> {
    const { stream } = placeOf(event.event);
    const plaintext = encodePeerEvent(event, this.#sends);
    const sealing = await kept(this.#sealing, stream, () => this.#stream(SealingStream, stream, this.#sends));
    const { helperConnectionId: helper, sharerConnectionId: sharer } = this.#pair;
    const [from, to] = this.#sends === 'toSharer' ? [helper, sharer] : [sharer, helper];
    return { frame: 'sealed', from, to, stream, ...(await sealing.seal(plaintext)) };
  }

  /** @throws EventRefusal `replayed`, `notAuthentic`, `malformed`, `misplaced` */
  async open({ stream, counter, ciphertext }: FrameOf<'sealed'>): Promise<PeerEvent | UnknownEvent> {
    const opening = await kept(this.#opening, stream, () => this.#stream(OpeningStream, stream, this.#receives));
    return decodePeerEvent(await opening.open({ counter, ciphertext }), stream, this.#receives);
  }

  relayKeys(relayId: string): Promise<RelayKeys> {
    return relayKeysOf(this.#crypto, this.#pair, this.#secret, relayId);
  }

  async #stream<S>(
    kind: new (cipher: Awaited<ReturnType<CryptoPort['cipher']>>, additionalData: Uint8Array<ArrayBuffer>) => S,
    stream: Stream,
    direction: Direction,
  ): Promise<S> {
    const key = await streamKey(this.#crypto, this.#pair, this.#secret, stream, direction);
    return new kind(await this.#crypto.cipher(key), additionalDataOf(this.#pair, stream, direction));
  }
}

/** Made once, also when asked for twice at the same time: two sealing streams of one key would use a counter twice. */
function kept<K, V>(map: Map<K, Promise<V>>, key: K, make: () => Promise<V>): Promise<V> {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}
