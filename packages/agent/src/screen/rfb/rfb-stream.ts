/**
 * One direction of an RFB connection, read as it comes: in whole messages, in halves, byte by byte. A *grammar* is a
 * generator that asks for the few bytes that it decides by, and says of them and of those that follow what becomes of
 * them. What goes on goes on in slices of what came, uncopied.
 */
import { RfbError } from './rfb-error.ts';

/** What a grammar asks for; `take` is answered with as many bytes, which stay undecided until the next other step. */
export type Step =
  | { readonly step: 'take'; readonly bytes: number }
  /** What is undecided goes on, and as many bytes behind it. */
  | { readonly step: 'pass'; readonly bytes: number }
  /** What is undecided is dropped, and as many bytes behind it. */
  | { readonly step: 'drop'; readonly bytes: number }
  /** What is undecided is dropped, and these bytes go on. */
  | { readonly step: 'instead'; readonly by: Uint8Array };

/** Runs as long as the connection. @throws RfbError */
export type Grammar = Generator<Step, void, Uint8Array>;

export const take = (bytes: number): Step => ({ step: 'take', bytes });
export const pass = (bytes = 0): Step => ({ step: 'pass', bytes });
export const drop = (bytes = 0): Step => ({ step: 'drop', bytes });
export const instead = (by: Uint8Array): Step => ({ step: 'instead', by });

/** No grammar decides by more than that at once: a list of encodings is the longest. */
const MOST_TAKEN = 4_096;
const NOTHING = new Uint8Array(0);

export class RfbStream {
  readonly #grammar: Grammar;
  readonly #on: (bytes: Uint8Array) => void;
  #step: Step;
  /** Undecided bytes of earlier chunks. */
  #held = NOTHING;
  /** How many bytes of the step are still to come. */
  #left = 0;

  /** @param on is handed what goes on, in order; a slice of what was pushed, good until the next push */
  constructor(grammar: Grammar, on: (bytes: Uint8Array) => void) {
    this.#grammar = grammar;
    this.#on = on;
    this.#step = this.#begun(grammar.next());
  }

  /** @throws RfbError; nothing may be pushed after that */
  push(chunk: Uint8Array): void {
    // Bytes from `from` to `at` are decided to go on; those from `undecided` on are not decided yet.
    let [from, at, undecided] = [0, 0, 0];
    for (;;) {
      const step = this.#step;
      if (step.step === 'instead') {
        this.#hand(chunk, from, undecided);
        if (step.by.length > 0) this.#on(step.by);
        this.#held = NOTHING;
        [from, undecided] = [at, at];
        this.#step = this.#begun(this.#grammar.next(NOTHING));
        continue;
      }
      if (step.step === 'drop') {
        this.#hand(chunk, from, undecided);
        this.#held = NOTHING;
      } else if (step.step === 'pass' && this.#held.length > 0) {
        // Held bytes are of earlier chunks, so nothing of this one went on before them.
        this.#on(this.#held);
        this.#held = NOTHING;
        from = 0;
      }
      const there = Math.min(this.#left, chunk.length - at);
      at += there;
      this.#left -= there;
      if (step.step !== 'take') undecided = at;
      if (step.step === 'drop') from = at;
      if (this.#left > 0) break;
      if (step.step === 'take') {
        this.#step = this.#begun(this.#grammar.next(this.#taken(chunk, at, step.bytes)));
      } else {
        this.#step = this.#begun(this.#grammar.next(NOTHING));
      }
    }
    this.#hand(chunk, from, undecided);
    if (undecided < at) this.#held = joined(this.#held, chunk.subarray(undecided, at));
  }

  /** The last bytes that were read, of this chunk and of what is held. */
  #taken(chunk: Uint8Array, at: number, bytes: number): Uint8Array {
    if (bytes <= at) return chunk.subarray(at - bytes, at);
    return joined(this.#held, chunk.subarray(0, at)).subarray(-bytes);
  }

  #hand(chunk: Uint8Array, from: number, to: number): void {
    if (to > from) this.#on(chunk.subarray(from, to));
  }

  #begun(next: IteratorResult<Step, void>): Step {
    if (next.done) throw new RfbError('The connection is over.');
    const step = next.value;
    if (step.step === 'take' && step.bytes > MOST_TAKEN) throw new RfbError('More than can be decided by.');
    this.#left = step.step === 'instead' ? 0 : step.bytes;
    return step;
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}
