/**
 * Edm.DateTimeOffset (OData CSDL 4.01, 3.3): text is kept as sent, instants are compared in 100 ns ticks. JavaScript's
 * `Date` can hold neither the seventh fraction digit nor the offset.
 */

/** A value read from its text. */
export interface DateTimeOffset {
  /** 100 ns units since 0001-01-01T00:00:00Z; may lie up to 14 h outside years 0001–9999. */
  readonly ticks: bigint;
  /** Minutes east of UTC, -840 to 840. */
  readonly offsetMinutes: number;
}

const PATTERN = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,7})?)?(?:Z|[+-]\d\d:\d\d)$/i;
/** Where parts that may be missing begin, if they are there. */
const SECOND = 17;
const FRACTION = 20;
const FRACTION_DIGITS = 7;
/** Of `+00:00`. */
const OFFSET_LENGTH = 6;

const TICKS_PER_SECOND = 10_000_000n;
const LARGEST_OFFSET_MINUTES = 14 * 60;
const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Days from 0001-01-01 to 1970-01-01, proleptic Gregorian. */
const EPOCH_DAYS = 719_162;

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (DAYS_IN_MONTH[month - 1] ?? 0);
}

/** Days since 0001-01-01 of a proleptic Gregorian calendar date. */
function daysSinceYearOne(year: number, month: number, day: number): number {
  const y = year - 1;
  let days = y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  for (let m = 1; m < month; m++) days += daysInMonth(year, m);
  return days + day - 1;
}

/** The number that the digits from one place to before another make. */
function numberAt(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) number = number * 10 + digitAt(text, at);
  return number;
}

function digitAt(text: string, at: number): number {
  return text.charCodeAt(at) - 48;
}

/**
 * Reads a DateTimeOffset: years 0001–9999, seconds optional, at most seven fraction digits, offset within ±14:00.
 * @returns undefined when the text is none, or names a date that does not exist.
 */
export function parseDateTimeOffset(text: string): DateTimeOffset | undefined {
  // Read place by place: groups of the pattern, each a text of its own, would take four times as long.
  if (!PATTERN.test(text)) return undefined;
  const year = numberAt(text, 0, 4);
  const month = numberAt(text, 5, 7);
  const day = numberAt(text, 8, 10);
  const hour = numberAt(text, 11, 13);
  const minute = numberAt(text, 14, 16);
  // Letters come behind digits.
  const isUtc = digitAt(text, text.length - 1) > 9;
  const end = text.length - (isUtc ? 1 : OFFSET_LENGTH);
  const second = end > SECOND ? numberAt(text, SECOND, SECOND + 2) : 0;
  const offsetMinute = isUtc ? 0 : numberAt(text, end + 4, end + 6);
  const offset = isUtc ? 0 : numberAt(text, end + 1, end + 3) * 60 + offsetMinute;
  const isOnCalendar = year >= 1 && day >= 1 && day <= daysInMonth(year, month);
  const isOnClock = hour < 24 && minute < 60 && second < 60;
  if (!isOnCalendar || !isOnClock || offsetMinute > 59 || offset > LARGEST_OFFSET_MINUTES) return undefined;
  const offsetMinutes = text[end] === '-' && offset > 0 ? -offset : offset;
  const minutes = hour * 60 + minute - offsetMinutes;
  const seconds = daysSinceYearOne(year, month, day) * 86_400 + minutes * 60 + second;
  let fraction = 0;
  for (let at = FRACTION; at < FRACTION + FRACTION_DIGITS; at++) {
    fraction = fraction * 10 + (at < end ? digitAt(text, at) : 0);
  }
  return { ticks: BigInt(seconds) * TICKS_PER_SECOND + BigInt(fraction), offsetMinutes };
}

/** Ticks of an instant given in epoch milliseconds. */
export function ticksOfEpochMs(epochMs: number): bigint {
  return BigInt(EPOCH_DAYS) * 86_400n * TICKS_PER_SECOND + BigInt(epochMs) * 10_000n;
}

/** Epoch milliseconds of an instant in ticks, floored. */
export function epochMsOfTicks(ticks: bigint): number {
  const since = ticks - BigInt(EPOCH_DAYS) * 86_400n * TICKS_PER_SECOND;
  return Number(since >= 0n ? since / 10_000n : -((-since + 9_999n) / 10_000n));
}
