/** The texts of messages: a number of ten digits, sender and count, and the same filling behind it in all. */
import { TEXT_BYTES } from './dialects.ts';

export const DIGITS = 10;
/** What a sender's number is multiplied with; it never sends as many messages. */
const PER_SENDER = 1e8;

export const FILLING = 'The same in every message, so that each byte of it can be compared. '
  .repeat(Math.ceil(TEXT_BYTES / 68))
  .slice(0, TEXT_BYTES - DIGITS);

export function numberOf(sender: number, count: number): number {
  return sender * PER_SENDER + count;
}

export function placeOf(number: number): { readonly sender: number; readonly count: number } {
  return { sender: Math.floor(number / PER_SENDER), count: number % PER_SENDER };
}

export function textOf(number: number): string {
  return String(number).padStart(DIGITS, '0') + FILLING;
}

const ZERO = 48;

export function writeDigits(bytes: Buffer, at: number, number: number): void {
  let rest = number;
  for (let index = at + DIGITS - 1; index >= at; index--) {
    const next = Math.floor(rest / 10);
    bytes[index] = ZERO + rest - 10 * next;
    rest = next;
  }
}

/** @returns the number in `length` digits; NaN when one of them is none */
export function readDigits(bytes: Buffer, at: number, length = DIGITS): number {
  let number = 0;
  for (let index = at; index < at + length; index++) {
    const digit = (bytes[index] as number) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}
