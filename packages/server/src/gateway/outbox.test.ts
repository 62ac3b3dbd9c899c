import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

/** Notes each write, and takes its bytes at once; the bytes of a corked burst count as one. */
class Sink {
  readonly writes: Uint8Array[] = [];
  given: Uint8Array | undefined;
  calls = 0;
  writable = true;
  writableLength = 0;
  #corked: Uint8Array[] | undefined;

  write(bytes: Uint8Array): void {
    this.calls += 1;
    this.given = bytes;
    if (this.#corked) this.#corked.push(bytes);
    else this.writes.push(Buffer.from(bytes));
  }

  cork(): void {
    this.#corked = [];
  }

  uncork(): void {
    this.writes.push(Buffer.concat(this.#corked ?? []));
    this.#corked = undefined;
  }
}

/** Takes bytes later, if it is slow, and only then looks at them. */
class SlowSink {
  writable = true;
  writableLength = 0;
  #text = '';
  #waiting: Uint8Array[] = [];
  readonly #isSlow: boolean;

  constructor(isSlow: boolean) {
    this.#isSlow = isSlow;
  }

  write(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.writableLength += bytes.length;
    // A slow one reads now and then.
    if (!this.#isSlow || this.#waiting.length > 3) this.takeAll();
  }

  cork(): void {
    // Nothing is sent at once here, corked or not.
  }

  uncork(): void {
    // As above.
  }

  takeAll(): string {
    for (const bytes of this.#waiting.splice(0)) this.#text += Buffer.from(bytes).toString('latin1');
    this.writableLength = 0;
    return this.#text;
  }
}

const turn = () => new Promise(setImmediate);

describe('an outbox (GW-47)', () => {
  it('writes once for all that was pushed in a turn, in order', async () => {
    const sink = new Sink();
    const outbox = new Outbox(sink);
    outbox.push(Buffer.from('one '));
    await Promise.resolve();
    outbox.push(Buffer.from('two'));
    expect(outbox.backlog).toBe(7);
    expect(sink.writes).toEqual([]);
    await turn();
    expect(sink.writes.map(String)).toEqual(['one two']);
    expect(outbox.backlog).toBe(0);
    outbox.push(Buffer.from('three'));
    await turn();
    expect(sink.writes.map(String)).toEqual(['one two', 'three']);
  });

  it('shares the copy with the next outbox that got the very same buffers', async () => {
    const [a, b, c] = [new Sink(), new Sink(), new Sink()];
    const parts = ['x', 'y'].map((text) => Buffer.from(text));
    for (const sink of [a, b]) for (const part of parts) push(sink, part);
    push(c, Buffer.from('x'));
    push(c, Buffer.from('z'));
    await turn();
    expect(a.given).toBe(b.given);
    expect([a, b, c].map(({ writes }) => String(writes))).toEqual(['xy', 'xy', 'xz']);
  });

  const outboxes = new Map<Sink, Outbox>();
  function push(sink: Sink, bytes: Buffer): void {
    const outbox = outboxes.get(sink) ?? new Outbox(sink);
    outboxes.set(sink, outbox);
    outbox.push(bytes);
  }

  it('leaves alone what a sink has not taken yet, whatever others get meanwhile', async () => {
    const size = fc.constantFrom(1, 10, 3_000, 9_000, 20_000);
    const push = fc.record({ sink: fc.nat(3), parts: fc.array(size, { minLength: 1, maxLength: 4 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(push, { maxLength: 40 }), async (pushes) => {
        const sinks = Array.from({ length: 4 }, (_, index) => new SlowSink(index < 2));
        const outboxes = sinks.map((sink) => new Outbox(sink));
        const pushed = sinks.map(() => '');
        for (const [index, { sink, parts }] of pushes.entries()) {
          for (const length of parts) {
            const letter = String.fromCharCode(97 + (index % 26));
            outboxes[sink]?.push(Buffer.alloc(length, letter));
            pushed[sink] += letter.repeat(length);
          }
          if (index % 3 === 0) await turn();
        }
        await turn();
        expect(sinks.map((sink) => sink.takeAll() === pushed[sinks.indexOf(sink)])).toEqual([true, true, true, true]);
      }),
      { seed: 53 },
    );
  });

  it('hands over long parts uncopied, still as one write', async () => {
    const sink = new Sink();
    const long = Buffer.alloc(100_000, 'x');
    const outbox = new Outbox(sink);
    outbox.push(long);
    outbox.push(Buffer.from('end'));
    await turn();
    expect(sink.calls).toBe(2);
    expect(sink.writes).toHaveLength(1);
    expect(sink.writes[0]).toHaveLength(100_003);
  });

  it('counts what a slow sink still has, however it was written, until it has taken it', async () => {
    const ways: ((outbox: Outbox) => void)[] = [
      (outbox) => outbox.push(Buffer.alloc(10)),
      (outbox) => outbox.push(Buffer.alloc(100_000)),
      (outbox) => outbox.writeThrough([Buffer.alloc(4), Buffer.alloc(6)]),
    ];
    const backlogs = [];
    for (const write of ways) {
      const sink = new SlowSink(true);
      const outbox = new Outbox(sink);
      write(outbox);
      await turn();
      backlogs.push(outbox.backlog);
      outbox.push(Buffer.alloc(1));
      backlogs.push(outbox.backlog);
      sink.takeAll();
      backlogs.push(outbox.backlog);
    }
    expect(backlogs).toEqual([10, 11, 1, 100_000, 100_001, 1, 10, 11, 1]);
  });

  it('writes through at once, after what waits', () => {
    const sink = new Sink();
    const outbox = new Outbox(sink);
    outbox.push(Buffer.from('one '));
    outbox.writeThrough([Buffer.from('two '), Buffer.from('three')]);
    expect(sink.writes.map(String)).toEqual(['one ', 'two three']);
  });

  it('writes nothing to a socket that is gone', async () => {
    const sink = new Sink();
    sink.writable = false;
    const outbox = new Outbox(sink);
    outbox.push(Buffer.from('x'));
    await turn();
    outbox.writeThrough([Buffer.from('y')]);
    expect(sink.calls).toBe(0);
  });
});
