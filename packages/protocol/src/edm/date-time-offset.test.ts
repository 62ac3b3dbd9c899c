import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { epochMsOfTicks, parseDateTimeOffset, ticksOfEpochMs } from './date-time-offset.ts';

const MAX_OFFSET = 14 * 60;

/** Text of a DateTimeOffset, beside the instant that `Date` and the fraction give. */
const dateTimeOffsets = fc
  .record({
    epochMs: fc.integer({ min: Date.UTC(2, 0, 3), max: Date.UTC(9999, 11, 29) }),
    fraction: fc.integer({ min: 0, max: 9_999_999 }),
    offsetMinutes: fc.integer({ min: -MAX_OFFSET, max: MAX_OFFSET }),
  })
  .map(({ epochMs, fraction, offsetMinutes }) => {
    const wholeSecondMs = Math.floor(epochMs / 1_000) * 1_000;
    const local = new Date(wholeSecondMs + offsetMinutes * 60_000).toISOString().slice(0, 19);
    const sign = offsetMinutes < 0 ? '-' : '+';
    const hours = String(Math.floor(Math.abs(offsetMinutes) / 60)).padStart(2, '0');
    const minutes = String(Math.abs(offsetMinutes) % 60).padStart(2, '0');
    const text = `${local}.${String(fraction).padStart(7, '0')}${sign}${hours}:${minutes}`;
    return { text, ticks: ticksOfEpochMs(wholeSecondMs) + BigInt(fraction), offsetMinutes };
  });

// ODATA-25
describe('parseDateTimeOffset', () => {
  it('reads the documented example to the tick', () => {
    const utc = parseDateTimeOffset('2017-01-01T07:59:57.5564522Z');
    expect(parseDateTimeOffset('2016-12-31T23:59:57.5564522-08:00')).toEqual({
      ticks: utc?.ticks,
      offsetMinutes: -480,
    });
  });

  it.each([
    ['2016-12-31T23:59Z', 'seconds left out'],
    ['2016-12-31T23:59+14:00', 'the greatest offset'],
    ['0001-01-01T00:00:00Z', 'the first year'],
    ['9999-12-31T23:59:59.9999999Z', 'the last tick'],
    ['2000-02-29T00:00:00Z', 'a leap day of a century that has one'],
    ['2016-12-31t23:59:57z', 'lower case'],
  ])('accepts %s: %s', (text) => {
    expect(parseDateTimeOffset(text)).toBeDefined();
  });

  it.each([
    ['2016-12-31T23:59:57.12345678Z', 'an eighth fraction digit'],
    ['2016-12-31T23:59:57', 'no offset'],
    ['2016-12-31T23:59:57+14:01', 'an offset beyond 14 hours'],
    ['2016-12-31T23:59:57+13:60', 'an offset of 60 minutes'],
    ['2015-02-29T00:00:00Z', 'a date that does not exist'],
    ['1900-02-29T00:00:00Z', 'a century without leap day'],
    ['2016-13-01T00:00:00Z', 'a month that does not exist'],
    ['2016-00-01T00:00:00Z', 'month zero'],
    ['0000-01-01T00:00:00Z', 'year zero'],
    ['2016-12-31T24:00:00Z', 'hour 24'],
    ['2016-12-31T23:60:00Z', 'minute 60'],
    ['2016-12-31T23:59:60Z', 'a leap second'],
    ['2016-12-31T23:59:57.Z', 'a point without digits'],
    [' 2016-12-31T23:59:57Z', 'a space'],
    ['2016-12-31T23:59:57Z\n', 'a line break'],
  ])('refuses %j: %s', (text) => {
    expect(parseDateTimeOffset(text)).toBeUndefined();
  });

  it('gives the instant and the offset of any text', () => {
    fc.assert(
      fc.property(dateTimeOffsets, ({ text, ticks, offsetMinutes }) => {
        expect(parseDateTimeOffset(text)).toEqual({ ticks, offsetMinutes });
      }),
    );
  });

  it('orders texts as their instants, whatever the offsets', () => {
    fc.assert(
      fc.property(dateTimeOffsets, dateTimeOffsets, (a, b) => {
        const left = parseDateTimeOffset(a.text)?.ticks ?? 0n;
        const right = parseDateTimeOffset(b.text)?.ticks ?? 0n;
        expect(left < right).toBe(a.ticks < b.ticks);
      }),
    );
  });
});

describe('epochMsOfTicks', () => {
  it('undoes ticksOfEpochMs and floors what is finer', () => {
    fc.assert(
      fc.property(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }), fc.nat(9_999), (ms, finer) => {
        expect(epochMsOfTicks(ticksOfEpochMs(ms) + BigInt(finer))).toBe(ms);
      }),
    );
  });
});
