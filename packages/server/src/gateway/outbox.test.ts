import { describe, expect, it } from 'vitest';
import { Outbox } from './outbox.ts';

/** Notes each write; the bytes of a corked burst count as one. */
class Sink {
  readonly writes: Uint8Array[] = [];
  calls = 0;
  writable = true;
  writableLength = 0;
  #corked: Uint8Array[] | undefined;

  write(bytes: Uint8Array): void {
    this.calls += 1;
    if (this.#corked) this.#corked.push(bytes);
    else this.writes.push(bytes);
  }

  cork(): void {
    this.#corked = [];
  }

  uncork(): void {
    this.writes.push(Buffer.concat(this.#corked ?? []));
    this.#corked = undefined;
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
    expect(a.writes[0]).toBe(b.writes[0]);
    expect([a, b, c].map(({ writes }) => String(writes))).toEqual(['xy', 'xy', 'xz']);
  });

  const outboxes = new Map<Sink, Outbox>();
  function push(sink: Sink, bytes: Buffer): void {
    const outbox = outboxes.get(sink) ?? new Outbox(sink);
    outboxes.set(sink, outbox);
    outbox.push(bytes);
  }

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

  it('writes nothing to a socket that is gone', async () => {
    const sink = new Sink();
    sink.writable = false;
    new Outbox(sink).push(Buffer.from('x'));
    await turn();
    expect(sink.calls).toBe(0);
  });
});
