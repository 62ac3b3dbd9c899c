import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from '../../fixtures/peer-events.json' with { type: 'json' };
import { encodeUtf8 } from './bytes.ts';
import {
  decodePeerEvent,
  encodePeerEvent,
  MAX_PLAINTEXT_BYTES,
  PEER_EVENT_NAMES,
  type PeerEvent,
  placeOf,
} from './peer-events.ts';
import { EventRefusal } from './refusal.ts';
import { DIRECTIONS, type Direction, STREAMS, type Stream } from './words.ts';

interface Case {
  readonly stream: string;
  readonly direction: string;
  readonly plaintext: string;
}

function decode({ stream, direction, plaintext }: Case) {
  return decodePeerEvent(encodeUtf8(plaintext), stream as Stream, direction as Direction);
}

describe('golden peer events', () => {
  // EV-9
  it.each(golden.events)('$stream $direction: reads, and is written as it was', (one) => {
    const event = decode(one) as PeerEvent;
    expect(encodePeerEvent(event, one.direction as Direction)).toEqual(encodeUtf8(one.plaintext));
  });

  it('hold one of each name', () => {
    const names = golden.events.map(({ plaintext }) => JSON.parse(plaintext).event);
    expect(new Set(names)).toEqual(new Set(PEER_EVENT_NAMES));
  });

  // EV-2
  it.each(golden.skipped)('unknown: $why', (one) => {
    expect(decode(one)).toEqual({ event: 'unknown', name: JSON.parse(one.plaintext).event });
  });

  // EV-3, EV-10
  it.each(golden.refused)('refused: $reason $field in $stream', (one) => {
    expect(() => decode(one)).toThrow(expect.objectContaining({ reason: one.reason, field: one.field }));
  });
});

// EV-10
it('goes in its own stream and direction, and in no other', () => {
  for (const { direction, plaintext, ...place } of golden.events) {
    const event = decode({ ...place, direction, plaintext }) as PeerEvent;
    const { stream, directions } = placeOf(event.event);
    for (const other of STREAMS) {
      for (const way of DIRECTIONS) {
        const isPlace = other === stream && directions.includes(way);
        const work = () => decodePeerEvent(encodeUtf8(plaintext), other, way);
        if (isPlace) expect(work()).toEqual(event);
        else expect(work).toThrow(expect.objectContaining({ reason: 'misplaced' }));
      }
    }
  }
});

// EV-11
it('bounds what is sealed, both ways', () => {
  const full = { event: 'clipboard', text: 'x'.repeat(256 * 1024) } as const;
  expect(encodePeerEvent(full, 'toSharer').length).toBeLessThanOrEqual(MAX_PLAINTEXT_BYTES);
  const tooMany = { event: 'clipboard', text: '€'.repeat(256 * 1024) } as const;
  expect(() => encodePeerEvent(tooMany, 'toSharer')).toThrow(expect.objectContaining({ reason: 'malformed' }));
  const bytes = new Uint8Array(MAX_PLAINTEXT_BYTES + 1).fill(0x20);
  expect(() => decodePeerEvent(bytes, 'chat', 'toSharer')).toThrow(expect.objectContaining({ reason: 'malformed' }));
});

// EV-3
it('refuses what is nested without end', () => {
  const bytes = encodeUtf8('['.repeat(MAX_PLAINTEXT_BYTES));
  expect(() => decodePeerEvent(bytes, 'chat', 'toSharer')).toThrow(expect.objectContaining({ field: 'event' }));
});

// EV-3
it('reads any bytes or refuses them by name, and nothing else happens', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map(encodeUtf8),
    fc
      .tuple(fc.constantFrom(...golden.events), fc.nat(), fc.nat(255))
      .map(([{ plaintext }, at, byte]) =>
        encodeUtf8(plaintext).map((old, i) => (i === at % plaintext.length ? byte : old)),
      ),
  );
  const places = fc.tuple(fc.constantFrom(...STREAMS), fc.constantFrom(...DIRECTIONS));
  fc.assert(
    fc.property(bytes, places, (input, [stream, direction]) => {
      try {
        decodePeerEvent(input, stream, direction);
      } catch (error) {
        expect(error).toBeInstanceOf(EventRefusal);
        expect((error as EventRefusal).field).toEqual(expect.any(String));
      }
    }),
    { numRuns: 500 },
  );
});
