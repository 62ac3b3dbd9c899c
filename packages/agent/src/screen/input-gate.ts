/**
 * What lets remote input through to the desktop, or not: the grant `control`, one helper at a time, and nothing while a
 * question is put to the person there. Whoever loses the input lets go of what he holds down.
 */
import { HeldInput } from './held-input.ts';
import { InputHolder } from './input-holder.ts';
import type { InputFilter } from './rfb/helper-grammar.ts';

export type FreezeCause = 'prompt' | 'paused';

export interface InputGateListener {
  /** Input is frozen, by the latest cause, or not frozen any more (the cause is then that of the former freeze). */
  frozen(isFrozen: boolean, cause: FreezeCause): void;
  /** Somebody else holds the input, or nobody. */
  handedOn(): void;
}

export class InputGate {
  readonly #holder = new InputHolder();
  readonly #inputs = new Set<GatedInput>();
  readonly #freezes = new Set<{ readonly cause: FreezeCause }>();
  readonly #listeners = new Set<InputGateListener>();
  #mayControl = false;

  /** Drops all input and lets go of what is held, until what it returned is called; freezes may overlap. */
  freeze(cause: FreezeCause): () => void {
    const freeze = { cause };
    this.#freezes.add(freeze);
    this.#settle();
    for (const { frozen } of this.#listeners) frozen(true, cause);
    return () => {
      if (!this.#freezes.delete(freeze)) return;
      const [still] = this.#freezes;
      for (const { frozen } of this.#listeners) frozen(still !== undefined, still?.cause ?? cause);
    };
  }

  get frozenBy(): FreezeCause | undefined {
    const [first] = this.#freezes;
    return first?.cause;
  }

  /** Whether anybody may control at all, as the grants have it. */
  allow(mayControl: boolean): void {
    this.#mayControl = mayControl;
    this.#settle();
  }

  /** The user id of who holds the input; undefined while nobody does, or nobody may. */
  get holder(): string | undefined {
    return this.#mayControl ? this.#holder.current : undefined;
  }

  /** A helper is in. */
  came(helper: string): void {
    this.#change(() => this.#holder.came(helper));
  }

  /** A helper is gone, and does not come back at once. */
  left(helper: string): void {
    this.#change(() => this.#holder.left(helper));
  }

  /** A helper asks for the input, or gives it up. */
  wants(helper: string, isWanted: boolean): void {
    this.#change(() => this.#holder.wants(helper, isWanted));
  }

  /**
   * One connection's input.
   * @param send puts messages of RFB between others, towards the desktop
   */
  input(helper: string, send: (message: Uint8Array) => void): GatedInput {
    const input = new GatedInput(
      () => this.holder === helper && this.#freezes.size === 0,
      send,
      () => this.#inputs.delete(input),
    );
    this.#inputs.add(input);
    return input;
  }

  /** The returned function stops it. */
  watch(listener: InputGateListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #change(change: () => void): void {
    const before = this.#holder.current;
    change();
    if (this.#holder.current === before) return;
    this.#settle();
    for (const { handedOn } of this.#listeners) handedOn();
  }

  #settle(): void {
    for (const input of this.#inputs) input.settle();
  }
}

/** The input of one connection, as the gate lets it through. */
export class GatedInput implements InputFilter {
  readonly #held = new HeldInput();
  readonly #isOpen: () => boolean;
  readonly #send: (message: Uint8Array) => void;
  readonly #forget: () => void;

  constructor(isOpen: () => boolean, send: (message: Uint8Array) => void, forget: () => void) {
    this.#isOpen = isOpen;
    this.#send = send;
    this.#forget = forget;
  }

  key(message: Uint8Array): boolean {
    return this.#isOpen() && this.#held.key(message);
  }

  pointer(message: Uint8Array): boolean {
    if (!this.#isOpen()) return false;
    this.#held.pointer(message);
    return true;
  }

  /** Lets go of what is held unless the gate is open for this input. */
  settle(): void {
    if (!this.#isOpen()) this.#release();
  }

  /** Before the connection is closed. */
  close(): void {
    this.#release();
    this.#forget();
  }

  #release(): void {
    for (const message of this.#held.releaseAll()) this.#send(message);
  }
}
