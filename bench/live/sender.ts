/** Sends numbered messages to a group, several in one write, and checks the acks where each is to be answered. */
import { ACK_ID, DIALECT, type DialectName } from './dialects.ts';
import { clientFrame } from './frames.ts';
import type { RawSocket } from './raw-socket.ts';
import { numberOf, textOf, writeDigits } from './texts.ts';

/** All ack ids have ten digits. */
const FIRST_ACK_ID = 1e9;

export class Sender {
  socket: RawSocket | undefined;
  readonly number: number;
  sent = 0;
  /** How many messages may be sent now. */
  credit: number;
  readonly #template: Buffer;
  readonly #digitsAt: number;
  /** -1 without acks. */
  readonly #ackIdAt: number;
  #acknowledged = 0;
  readonly #isStream: boolean;

  readonly #onAck: (number: number) => void;

  /** @param onAck is told the number of each message that was acknowledged */
  constructor(number: number, dialect: DialectName, group: string, window: number, onAck: (number: number) => void) {
    const { sent, isStream = false } = DIALECT[dialect];
    const { before, after } = sent(group);
    this.number = number;
    this.credit = window;
    this.#onAck = onAck;
    this.#isStream = isStream;
    this.#template = clientFrame(Buffer.from(before + textOf(numberOf(number, 0)) + after));
    this.#digitsAt = this.#template.length - after.length - textOf(0).length;
    this.#ackIdAt = this.#template.indexOf(ACK_ID);
  }

  /** Sends as much as it may, in one write. @returns how many messages */
  spend(): number {
    const { credit } = this;
    const size = this.#template.length;
    const bytes = Buffer.allocUnsafe(credit * size);
    for (let index = 0; index < credit; index++) {
      const at = index * size;
      bytes.set(this.#template, at);
      writeDigits(bytes, at + this.#digitsAt, numberOf(this.number, this.sent));
      if (this.#ackIdAt >= 0) writeDigits(bytes, at + this.#ackIdAt, FIRST_ACK_ID + this.sent);
      this.sent += 1;
    }
    this.credit = 0;
    if (credit > 0) this.socket?.send(bytes);
    return credit;
  }

  /** Nothing comes to a sender but acks. */
  take(bytes: Buffer, start: number, end: number): void {
    const text = bytes.toString('latin1', start, end);
    if (this.#isStream && text === 'PING\r\n') {
      this.socket?.sendText('PONG\r\n');
      return;
    }
    const expected = `{"type":"ack","ackId":${FIRST_ACK_ID + this.#acknowledged},"success":true}`;
    if (this.#ackIdAt < 0 || text !== expected) throw new Error(`A sender was told: ${text.slice(0, 300)}`);
    this.#onAck(numberOf(this.number, this.#acknowledged));
    this.#acknowledged += 1;
  }
}
