/** Dates, durations and numbers as the person writes them. */
import { type Instant, instantOf } from '../clock.ts';

/** Writes values in one locale. */
export interface Format {
  readonly locale: string;
  /** Date and time; undefined for no date. */
  dateTime(value: Instant | string | null | undefined): string | undefined;
  /** A time of day with seconds. */
  time(value: Instant | string): string | undefined;
  /** How long ago, or how long until: `5 minutes ago`. */
  relative(value: Instant | string | null | undefined, now: Instant): string | undefined;
  number(value: number): string;
  /** Bytes in the unit that fits: `1.5 GB`. */
  bytes(value: number): string;
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 24 * 3_600_000],
  ['month', 30 * 24 * 3_600_000],
  ['day', 24 * 3_600_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

const SIZES = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** Formats of a locale, a BCP 47 tag. */
export function formatOf(locale: string): Format {
  const dateTime = once(() => new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }));
  const time = once(() => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }));
  const relative = once(() => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));
  const number = once(() => new Intl.NumberFormat(locale));
  return {
    locale,
    dateTime: (value) => formatted(value, (instant) => dateTime().format(instant)),
    time: (value) => formatted(value, (instant) => time().format(instant)),
    relative: (value, now) => formatted(value, (instant) => relativeText(relative(), instant - now)),
    number: (value) => number().format(value),
    bytes: (value) => bytesText(locale, value),
  };
}

/** Made when it is first needed: the browser takes long over the first of each kind. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function formatted(
  value: Instant | string | null | undefined,
  write: (instant: Instant) => string,
): string | undefined {
  const instant = typeof value === 'number' ? value : instantOf(value);
  return instant === undefined ? undefined : write(instant);
}

function relativeText(format: Intl.RelativeTimeFormat, difference: number): string {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(difference) >= size) ?? ['second', 1_000];
  return format.format(Math.trunc(difference / size), unit);
}

function bytesText(locale: string, value: number): string {
  const power = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  const format = { style: 'unit', unit: SIZES[power] ?? 'byte', maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(locale, format).format(value / 1_000 ** power);
}
