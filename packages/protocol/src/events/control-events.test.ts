import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from '../../fixtures/control-events.json' with { type: 'json' };
import { CONTROL_EVENT_NAMES, type ControlEvent, decodeControlEvent, encodeControlEvent } from './control-events.ts';
import { EventRefusal } from './refusal.ts';
import { toLine } from './shape.ts';

function refusalOf(work: () => unknown): EventRefusal {
  try {
    work();
  } catch (error) {
    if (error instanceof EventRefusal) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

function read(data: unknown): ControlEvent {
  const event = decodeControlEvent(data);
  if (event.event === 'unknown') throw new Error('It is unknown.');
  return event;
}

describe('golden control events', () => {
  // EV-1
  it.each(golden.events)('$event reads, and is written as it was', (data) => {
    const event = decodeControlEvent(data);
    expect(event.event).toBe(data.event);
    expect(JSON.stringify(encodeControlEvent(event as ControlEvent))).toBe(JSON.stringify(data));
  });

  it('hold one of each name', () => {
    expect(new Set(golden.events.map(({ event }) => event))).toEqual(new Set(CONTROL_EVENT_NAMES));
  });

  // EV-2
  it.each(golden.skipped)('unknown: $why', ({ data }) => {
    expect(decodeControlEvent(data)).toEqual({ event: 'unknown', name: data.event });
  });

  // EV-2, EV-4
  it.each(golden.read)('$why', ({ data, as }) => {
    expect(decodeControlEvent(data)).toEqual(as);
  });

  // EV-3
  it.each(golden.refused)('refused: $field', ({ field, data }) => {
    expect(refusalOf(() => decodeControlEvent(data))).toMatchObject({ reason: 'malformed', field });
  });
});

// EV-5
it('writes nothing that is not listed', () => {
  const [event] = golden.events;
  const helper = { ...event?.helper, accessToken: 'secret' };
  const data = encodeControlEvent({ ...event, helper, pubSubEncryptionKey: 'secret' } as unknown as ControlEvent);
  expect(JSON.stringify(data)).toBe(JSON.stringify(event));
});

// EV-7
describe('lengths', () => {
  const [event] = golden.events as Extract<ControlEvent, { event: 'requested' }>[];
  const members = [
    ['helper.name', 256, (name: string) => ({ helper: { ...event?.helper, name } })],
    ['helper.mail', 320, (mail: string) => ({ helper: { ...event?.helper, mail } })],
    ['helper.organization', 256, (organization: string) => ({ helper: { ...event?.helper, organization } })],
    ['helper.userId', 256, (userId: string) => ({ helper: { ...event?.helper, userId } })],
    ['helperSays.reason', 500, (reason: string) => ({ helperSays: { ...event?.helperSays, reason } })],
    ['helperSays.ticket', 100, (ticket: string) => ({ helperSays: { ...event?.helperSays, ticket } })],
    ['sessionKey', 512, (sessionKey: string) => ({ sessionKey })],
  ] as const;

  it.each(members)('%s has at most %i characters, and one at least', (field, most, change) => {
    const data = { version: 1, ...event };
    expect(read({ ...data, ...change('x'.repeat(most)) })).toMatchObject(change('x'.repeat(most)));
    for (const text of ['x'.repeat(most + 1), '']) {
      expect(refusalOf(() => decodeControlEvent({ ...data, ...change(text) })).field).toBe(field);
    }
  });
});

// EV-4
it('hears an end whose every other member is broken', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('version', 'reason', 'revision', 'more'), fc.jsonValue()), (members) => {
      const event = decodeControlEvent({ ...members, event: 'ended', sessionKey: 'k' });
      expect(event).toMatchObject({ event: 'ended', sessionKey: 'k' });
    }),
  );
});

// EV-6
describe('what the sharer is shown of who asks', () => {
  const requested = golden.events[0] as Extract<ControlEvent, { event: 'requested' }>;

  it('keeps the words of the helper apart from what is verified', () => {
    const event = read(requested);
    expect(event).toMatchObject({ helper: requested.helper, helperSays: requested.helperSays });
    expect(Object.keys(requested.helper)).toEqual(['userId', 'name', 'mail', 'organization']);
    expect(Object.keys(requested.helperSays)).toEqual(['reason', 'ticket']);
  });

  it.each(['\u202e', '\u2066', '\u200b', '\u00ad', '\u0007', '\n', '\u2028', '\u{e0041}', '\ud800'])(
    'lets no %j into a line',
    (character) => {
      const name = `Admin${character}x`;
      const event = { ...requested, helper: { ...requested.helper, name } };
      expect(refusalOf(() => decodeControlEvent(event)).field).toBe('helper.name');
      expect(refusalOf(() => encodeControlEvent(event)).field).toBe('helper.name');
    },
  );

  it('makes a line of anything', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (anything) => {
        const name = toLine(anything, 256);
        expect(name.length).toBeLessThanOrEqual(256);
        if (name === '') return;
        const event = { ...requested, helper: { ...requested.helper, name } };
        expect(read(encodeControlEvent(event))).toMatchObject({ helper: { name } });
      }),
    );
  });

  it('keeps names of all scripts as they are', () => {
    for (const name of ['Ağaoğlu', 'نیم‌فاصله', '山田 太郎', 'O’Neil-Smith', '👩‍💻'])
      expect(toLine(name, 256)).toBe(name);
  });
});

// EV-3, EV-7
it('reads any JSON or refuses it by name, and nothing else happens', () => {
  const names = fc.constantFrom(...CONTROL_EVENT_NAMES);
  const heads = fc.record({ version: fc.constant(1), event: names, sessionKey: fc.constant('k'), revision: fc.nat() });
  const anything = fc.oneof(
    fc.jsonValue(),
    fc.tuple(heads, fc.dictionary(fc.string(), fc.jsonValue())).map(([head, members]) => ({ ...members, ...head })),
    fc
      .tuple(fc.constantFrom(...golden.events), fc.nat(), fc.jsonValue())
      .map(([data, at, value]) => ({ ...data, [Object.keys(data)[at % Object.keys(data).length] ?? '']: value })),
  );
  fc.assert(
    fc.property(anything, (data) => {
      try {
        decodeControlEvent(data);
      } catch (error) {
        expect(error).toBeInstanceOf(EventRefusal);
        expect((error as EventRefusal).field).toEqual(expect.any(String));
      }
    }),
    { numRuns: 1_000 },
  );
});
