import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReliableStream } from './reliable-stream.ts';

const body = (text: string) => Buffer.from(text);

describe('a reliable stream', () => {
  it('refuses what exceeds the number or the bytes, and keeps the rest (GW-25)', () => {
    const bytes = body('x').length;
    const byNumber = new ReliableStream({ replayMessages: 2, replayBytes: 1e9 });
    expect([1, 2, 3].map(() => byNumber.append(body('x')))).toEqual([true, true, false]);
    const byBytes = new ReliableStream({ replayMessages: 1e9, replayBytes: 2 * bytes });
    expect([1, 2, 3].map(() => byBytes.append(body('x')))).toEqual([true, true, false]);
    byBytes.next();
    byBytes.acknowledge(1);
    expect(byBytes.append(body('x'))).toBe(true);
    expect(byBytes.length).toBe(2);
  });

  it('loses and doubles nothing, whatever breaks and is acknowledged when (GW-23, GW-24, GW-27)', () => {
    const step = fc.oneof(
      fc.constant({ kind: 'append' as const }),
      fc.record({ kind: fc.constant('send' as const), count: fc.nat(5) }),
      fc.record({ kind: fc.constant('acknowledge' as const), back: fc.integer({ min: -3, max: 20 }) }),
      fc.constant({ kind: 'break' as const }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const stream = new ReliableStream({ replayMessages: 1e9, replayBytes: 1e9 });
        const client = new Client(stream);
        let appended = 0;
        for (const one of steps) {
          if (one.kind === 'append') {
            appended += 1;
            stream.append(body(String(appended)));
          } else if (one.kind === 'send') client.read(one.count);
          else if (one.kind === 'break') stream.rewind();
          else stream.acknowledge(client.greatest - one.back);
        }
        stream.rewind();
        client.read(Number.POSITIVE_INFINITY);
        expect(client.texts).toEqual(Array.from({ length: appended }, (_, index) => String(index + 1)));
      }),
      { seed: 29 },
    );
  });
});

/** Drops what it has seen, as Azure's client does. */
class Client {
  greatest = 0;
  readonly texts: string[] = [];
  readonly #stream: ReliableStream;

  constructor(stream: ReliableStream) {
    this.#stream = stream;
  }

  read(count: number): void {
    for (let read = 0; read < count; read += 1) {
      const id = this.#stream.nextId;
      if (id === undefined) return;
      const text = String(this.#stream.next());
      if (id <= this.greatest) continue;
      this.greatest = id;
      this.texts.push(text);
    }
  }
}
