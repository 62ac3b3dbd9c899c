/** The key that the sharer's end shows, held against the one that the device is known by (EV-26). */
import { type Assurance, type CryptoPort, encodeBase64 } from '@open-remote-help/protocol/events';
import type { KnownDevices } from './known-devices.ts';
import type { SessionRecord } from './session-server.ts';

export class ShownKey {
  readonly #known: KnownDevices;
  readonly #crypto: CryptoPort;
  #sharerConnectionId = '';
  #fingerprint = '';

  constructor(known: KnownDevices, crypto: CryptoPort) {
    this.#known = known;
    this.#crypto = crypto;
  }

  /** The sharer's connection with which there is a pair, or will be; empty for none. */
  get sharerConnectionId(): string {
    return this.#sharerConnectionId;
  }

  /** Another end: its key has not been looked at yet. */
  reset(sharerConnectionId: string): void {
    this.#sharerConnectionId = sharerConnectionId;
    this.#fingerprint = '';
  }

  /**
   * Looks at what that end has proven. A key that is met for the first time is remembered.
   * @returns whether it is another than the device is known by; undefined where another end has come meanwhile
   */
  async isChanged(
    { deviceId, isUnenrolled }: SessionRecord,
    sharerConnectionId: string,
    assurance: Assurance,
  ): Promise<boolean | undefined> {
    const former = this.#known.keyOf(deviceId);
    // A page has a key for its session alone. What the server calls a page and was met as a device is none.
    const isPage = isUnenrolled && former === undefined;
    if (assurance.kind === 'endToEnd' && !isPage) {
      const fingerprint = encodeBase64(await this.#crypto.sha256(assurance.deviceKey));
      if (sharerConnectionId !== this.#sharerConnectionId) return undefined;
      this.#fingerprint = fingerprint;
      if (former === undefined) this.#known.remember(deviceId, fingerprint);
    }
    return former !== undefined && former !== this.#fingerprint;
  }

  /** The device is known by the key that it shows now. */
  accept(deviceId: string): void {
    this.#known.remember(deviceId, this.#fingerprint);
  }
}
