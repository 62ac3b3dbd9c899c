import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOperation, encodeOperation, type Operation } from './operations.ts';

describe('what nodes tell each other (GW-35)', () => {
  it('arrives as it was sent', () => {
    const text = fc.string({ unit: 'grapheme' });
    const send = fc.record({
      do: fc.constant('send' as const),
      to: fc.record({ kind: fc.constant('group' as const), group: text }),
      facts: fc.record({
        from: fc.constant('group' as const),
        group: text,
        fromUserId: text,
        payload: fc.record({ dataType: fc.constantFrom('text' as const, 'json' as const), text }),
        stream: fc.record({ streamId: text, streamSequenceId: fc.nat() }),
      }),
      excluded: fc.array(text),
    });
    const close = fc.record({
      do: fc.constant('close' as const),
      to: fc.record({ kind: fc.constant('user' as const), userId: text }),
      reason: text,
      excluded: fc.array(text),
    });
    fc.assert(
      fc.property(fc.oneof(send, close), (operation: Operation) => {
        expect(decodeOperation(encodeOperation(operation))).toEqual(operation);
      }),
      { seed: 37 },
    );
  });

  it('is hardly longer than the message that it carries', () => {
    const payload = { dataType: 'json', text: `["${'\\"'.repeat(500_000)}"]` } as const;
    const facts = { from: 'group', group: 'g', payload } as const;
    const bytes = encodeOperation({ do: 'send', to: { kind: 'group', group: 'g' }, facts, excluded: [] });
    expect(bytes.length - payload.text.length).toBeLessThan(16 * 1_024);
  });
});
