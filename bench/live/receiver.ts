/** Checks what a member of a group gets: every byte, nothing twice, nothing left out, each sender's messages in order. */
import { DIALECT, type Dialect, TEXT_BYTES } from './dialects.ts';
import type { Seat } from './member.ts';
import type { RawSocket } from './raw-socket.ts';
import { DIGITS, FILLING, placeOf, readDigits } from './texts.ts';

/** A client acknowledges after so many messages; Azure's own does once a second. */
export const ACKNOWLEDGE_EVERY = 100;
const NUMBER_START = '{"sequenceId":';
const COMMA = 44;
const LETTER_P = 80;
const PING_BYTES = 6;

export class Receiver {
  socket: RawSocket | undefined;
  readonly #dialect: Dialect;
  readonly #arrived: (number: number) => void;
  readonly #before: Buffer;
  /** What follows the ten digits. */
  readonly #after: Buffer;
  /** By sender, the count of its next message. */
  readonly #next: number[] = [];
  #sequenceId = 0;
  readonly #part = Buffer.allocUnsafe(2 * TEXT_BYTES);
  #partLength = 0;

  /** @param arrived is told the number in each right message */
  constructor(seat: Pick<Seat, 'dialect' | 'group'>, arrived: (number: number) => void) {
    this.#dialect = DIALECT[seat.dialect];
    const { before, after } = this.#dialect.received(seat.group);
    this.#before = Buffer.from(before);
    this.#after = Buffer.from(FILLING + after);
    this.#arrived = arrived;
  }

  take(bytes: Buffer, start: number, end: number): void {
    if (this.#dialect.isStream) this.#takeStream(bytes, start, end);
    else this.#check(bytes, start, end);
  }

  #check(bytes: Buffer, start: number, end: number): void {
    const digitsAt = end - this.#after.length - DIGITS;
    const beforeAt = this.#dialect.isNumbered ? this.#checkSequenceId(bytes, start) : start;
    const isRight =
      digitsAt - beforeAt === this.#before.length &&
      this.#before.compare(bytes, beforeAt, digitsAt) === 0 &&
      this.#after.compare(bytes, digitsAt + DIGITS, end) === 0;
    const number = isRight ? readDigits(bytes, digitsAt) : Number.NaN;
    const { sender, count } = placeOf(number);
    if (!isRight || count !== (this.#next[sender] ?? 0)) {
      const text = bytes.toString('latin1', start, Math.min(end, start + 300));
      throw new Error(`Not message ${this.#next[sender] ?? 0} of sender ${sender}: ${text}`);
    }
    this.#next[sender] = count + 1;
    this.#arrived(number);
  }

  /** @returns where the rest begins */
  #checkSequenceId(bytes: Buffer, start: number): number {
    this.#sequenceId += 1;
    const at = start + NUMBER_START.length;
    const end = bytes.indexOf(COMMA, at);
    const isRight =
      readDigits(bytes, at, end - at) === this.#sequenceId && bytes.toString('latin1', start, at) === NUMBER_START;
    if (!isRight) throw new Error(`Not sequence id ${this.#sequenceId}: ${bytes.toString('latin1', start, end)}`);
    if (this.#sequenceId % ACKNOWLEDGE_EVERY === 0) this.socket?.acknowledge(this.#sequenceId);
    return end;
  }

  #takeStream(bytes: Buffer, start: number, end: number): void {
    const whole = this.#before.length + DIGITS + this.#after.length;
    for (let at = start; at < end; ) {
      const wanted = (this.#partLength > 0 ? this.#part[0] : bytes[at]) === LETTER_P ? PING_BYTES : whole;
      if (this.#partLength === 0 && at + wanted <= end) {
        this.#takePiece(bytes, at, at + wanted);
        at += wanted;
        continue;
      }
      const taken = Math.min(wanted - this.#partLength, end - at);
      bytes.copy(this.#part, this.#partLength, at, at + taken);
      this.#partLength += taken;
      at += taken;
      if (this.#partLength < wanted) return;
      this.#partLength = 0;
      this.#takePiece(this.#part, 0, wanted);
    }
  }

  #takePiece(bytes: Buffer, start: number, end: number): void {
    if (end - start === PING_BYTES) this.socket?.sendText('PONG\r\n');
    else this.#check(bytes, start, end);
  }
}
