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

const PATTERN = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,7}))?)?(?:Z|([+-])(\d\d):(\d\d))$/i;

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

/**
 * Reads a DateTimeOffset: years 0001–9999, seconds optional, at most seven fraction digits, offset within ±14:00.
 * @returns undefined when the text is none, or names a date that does not exist.
 */
export function parseDateTimeOffset(text: string): DateTimeOffset | undefined {
  const match = PATTERN.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] =
    match;
  const y = Number(year);
  const m = Number(month);
  const d = Number(day);
  const offset = Number(offsetHour) * 60 + Number(offsetMinute);
  const isOnCalendar = y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= daysInMonth(y, m);
  const isOnClock = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isOnCalendar || !isOnClock || Number(offsetMinute) > 59 || offset > LARGEST_OFFSET_MINUTES) return undefined;
  const offsetMinutes = sign === '-' ? -offset : offset;
  const seconds =
    daysSinceYearOne(y, m, d) * 86_400 +
    Number(hour) * 3_600 +
    Number(minute) * 60 +
    Number(second) -
    offsetMinutes * 60;
  return {
    ticks: BigInt(seconds) * TICKS_PER_SECOND + BigInt(fraction.padEnd(7, '0')),
    offsetMinutes: offsetMinutes === 0 ? 0 : offsetMinutes,
  };
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
