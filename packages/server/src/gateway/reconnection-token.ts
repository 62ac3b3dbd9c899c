/** Tokens that recover one connection. A connection lives in one process, so the key does too. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export class ReconnectionTokens {
  readonly #key = randomBytes(32);

  /** The token that a connection is given when its n-th socket is attached. */
  sign(connectionId: string, recoveries: number): string {
    return `${recoveries}.${this.#mac(connectionId, recoveries).toString('base64url')}`;
  }

  /**
   * Which socket's token this is; undefined for a forged one. The latest and the one before are to be accepted: a client
   * whose socket broke again before it read the latest has only the other.
   */
  recoveriesOf(token: string, connectionId: string): number | undefined {
    const [, number, mac] = /^(\d{1,9})\.([\w-]{43})$/.exec(token) ?? [];
    if (number === undefined || mac === undefined) return undefined;
    const isGenuine = timingSafeEqual(Buffer.from(mac, 'base64url'), this.#mac(connectionId, Number(number)));
    return isGenuine ? Number(number) : undefined;
  }

  #mac(connectionId: string, recoveries: number): Buffer {
    return createHmac('sha256', this.#key).update(`${connectionId}.${recoveries}`).digest();
  }
}
