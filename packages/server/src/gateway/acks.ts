/** Ack ids that a logical connection has used with success, so that a repeated request is not carried out twice. */

/** So many of the latest are remembered. */
export const REMEMBERED_ACKS = 1_000;

export class AckLog {
  /** A ring, oldest overwritten first. */
  readonly #ids: number[] = [];
  #next = 0;
  #greatest = -1;

  has(ackId: number): boolean {
    // Clients count upwards: nearly always this is the end of it.
    return ackId <= this.#greatest && this.#ids.includes(ackId);
  }

  /** To be called once the request has succeeded: one that failed may be repeated with its id. */
  add(ackId: number): void {
    this.#ids[this.#next] = ackId;
    this.#next = (this.#next + 1) % REMEMBERED_ACKS;
    this.#greatest = Math.max(this.#greatest, ackId);
  }
}
