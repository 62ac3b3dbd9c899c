/** Access tokens of devices that were good when they were last looked at: whoever shows one is no stranger. */
import type { Instant } from '../clock.ts';
import type { DeviceCaller } from './device-token.ts';

/** In each of two generations, which approximate "least recently used". */
const MOST = 5_000;

export class KnownTokens {
  #young = new Map<string, DeviceCaller>();
  #old = new Map<string, DeviceCaller>();

  /** Whose token it is; undefined for one that is not known, or has expired. */
  get(token: string, now: Instant): DeviceCaller | undefined {
    const caller = this.#young.get(token) ?? this.#old.get(token);
    return caller && now < caller.expiresAt ? caller : undefined;
  }

  add(token: string, caller: DeviceCaller): void {
    if (this.#young.size >= MOST && !this.#young.has(token)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(token, caller);
  }

  delete(token: string): void {
    this.#young.delete(token);
    this.#old.delete(token);
  }
}
