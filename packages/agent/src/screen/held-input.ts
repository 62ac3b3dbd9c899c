/** What of a keyboard and a pointer is down at the far end of an RFB connection, and the messages that let it go. */

const KEY_EVENT = 4;
const POINTER_EVENT = 5;
/** rfbproto, PointerEvent: a byte with further buttons follows. */
const MARKER = 0x80;
/** More fingers than anybody has; what comes beyond is not pressed. */
const MOST_KEYS = 64;

export class HeldInput {
  /** The message that lets it go, by what names the key. */
  readonly #keys = new Map<string, Uint8Array>();
  #buttons = 0;
  /** Where the pointer was last, as PointerEvent has it. */
  #place: Uint8Array = new Uint8Array(4);

  /**
   * @param message KeyEvent (RFC 6143, 7.5.4) or QEMU Extended Key Event (rfbproto)
   * @returns false for one that is not to be passed on
   */
  key(message: Uint8Array): boolean {
    const isPlain = message[0] === KEY_EVENT;
    const release = Uint8Array.from(message);
    release.fill(0, isPlain ? 1 : 2, 4);
    const isDown = isPlain ? message[1] !== 0 : message[2] !== 0 || message[3] !== 0;
    const name = release.join();
    if (!isDown) this.#keys.delete(name);
    else if (this.#keys.size >= MOST_KEYS && !this.#keys.has(name)) return false;
    else this.#keys.set(name, release);
    return true;
  }

  /** @param message PointerEvent (RFC 6143, 7.5.5), with the marker and a seventh byte or without */
  pointer(message: Uint8Array): void {
    const [, buttons = 0] = message;
    this.#buttons = buttons & MARKER ? (buttons & ~MARKER) | ((message[6] ?? 0) << 7) : buttons;
    this.#place = message.slice(2, 6);
  }

  /** Lets go of everything: the messages that do so, in an order in which modifiers are last. */
  releaseAll(): readonly Uint8Array[] {
    const messages = [...this.#keys.values()].reverse();
    // A plain PointerEvent says of further buttons that they are up as well.
    if (this.#buttons !== 0) messages.push(Uint8Array.of(POINTER_EVENT, 0, ...this.#place));
    this.#keys.clear();
    this.#buttons = 0;
    return messages;
  }
}
