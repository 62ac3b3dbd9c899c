/** What of a relay's load is under way, and what was counted. */
import { setTimeout as pause } from 'node:timers/promises';
import { DIALECT } from './dialects.ts';
import type { RelayJob } from './jobs.ts';
import type { Sender } from './sender.ts';
import { placeOf } from './texts.ts';

/** More messages than any sender has under way. */
const RING = 1_024;
/** After the last send everything has to arrive within this. */
const PATIENCE_MS = 20_000;

export class Flow {
  readonly senders: Sender[] = [];
  /** How many answers complete a message. */
  readonly #answers: number;
  /** By sender: when each of its latest messages was sent, and how many answers to it have come. */
  readonly #sentAt: Float64Array[] = [];
  readonly #arrivals: Int32Array[] = [];
  #due: Sender[] = [];
  #underWay = 0;
  /** Nothing is sent before every connection is there, and nothing after the end. */
  #isRunning = false;
  #done: (() => void) | undefined;
  isCounting = false;
  deliveries = 0;
  readonly latencies: number[] = [];

  constructor({ dialect, receivers }: RelayJob) {
    this.#answers = receivers + (DIALECT[dialect].isAcknowledged ? 1 : 0);
  }

  add(sender: Sender): void {
    this.senders.push(sender);
    this.#sentAt.push(new Float64Array(RING));
    this.#arrivals.push(new Int32Array(RING));
    this.#due.push(sender);
  }

  /** A message is at one more receiver. */
  delivered(number: number): void {
    if (this.isCounting) this.deliveries += 1;
    this.answered(number);
  }

  /** One more answer to a message has come: a delivery, or the ack. */
  answered(number: number): void {
    const { sender, count } = placeOf(number);
    const arrivals = this.#arrivals[sender] as Int32Array;
    const slot = count % RING;
    const answers = (arrivals[slot] as number) + 1;
    arrivals[slot] = answers;
    if (answers < this.#answers) return;
    arrivals[slot] = 0;
    this.#underWay -= 1;
    if (this.isCounting) this.latencies.push(performance.now() - (this.#sentAt[sender]?.[slot] as number));
    const from = this.senders[sender] as Sender;
    if (from.credit === 0) this.#due.push(from);
    from.credit += 1;
  }

  start(): void {
    this.#isRunning = true;
    this.go();
  }

  /** Sends what may be sent. */
  go(): void {
    if (this.#underWay === 0) this.#done?.();
    if (!this.#isRunning) return;
    const due = this.#due;
    if (due.length === 0) return;
    this.#due = [];
    const now = performance.now();
    for (const sender of due) {
      const first = sender.sent;
      this.#underWay += sender.spend();
      const sentAt = this.#sentAt[sender.number] as Float64Array;
      for (let count = first; count < sender.sent; count++) sentAt[count % RING] = now;
    }
  }

  /** Sends no more; settles when everything has arrived. */
  async finish(): Promise<void> {
    this.#isRunning = false;
    const arrived = new Promise<void>((resolve) => {
      this.#done = resolve;
    });
    this.go();
    const late = pause(PATIENCE_MS, 'late', { ref: false });
    if ((await Promise.race([arrived, late])) !== 'late') return;
    throw new Error(`${this.#underWay} messages did not arrive everywhere.`);
  }
}
