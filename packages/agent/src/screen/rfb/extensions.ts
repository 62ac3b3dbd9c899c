/**
 * Which messages beyond RFC 6143 a VNC server reads on this connection. One that does not know a message takes its bytes
 * for others, past all that is decided here: behind a PointerEvent of seven bytes (rfbproto) every server that reads six
 * is out of step, and takes requests for keys.
 */
export class Extensions {
  readonly #announced = new Set<number>();
  #asked: ReadonlySet<number> = new Set();

  /** The server has said that it knows an encoding's messages. */
  announced(encoding: number): void {
    this.#announced.add(encoding);
  }

  /** The helper's end has asked for these encodings, and for no others any more. */
  asked(encodings: readonly number[]): void {
    this.#asked = new Set(encodings);
  }

  /** Whether what goes with an encoding is read as it is meant. */
  has(encoding: number): boolean {
    return this.#announced.has(encoding) && this.#asked.has(encoding);
  }
}
