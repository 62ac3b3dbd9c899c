import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

const item = (tenantId: string, name: string) => ({ tenantId, name });
const anyone = () => true;

function queueOf(...names: readonly string[]): FairQueue<ReturnType<typeof item>> {
  const queue = new FairQueue<ReturnType<typeof item>>({ ofTenant: 5, inAll: 8 });
  for (const name of names) queue.add(item(name.slice(0, 1), name));
  return queue;
}

function drained(queue: ReturnType<typeof queueOf>, mayHave: (tenantId: string) => boolean = anyone): string[] {
  const names: string[] = [];
  for (let next = queue.take(mayHave); next; next = queue.take(mayHave)) names.push(next.name);
  return names;
}

describe('the queue of costly reads', () => {
  it('goes round between tenants, each in its own order', () => {
    expect(drained(queueOf('a1', 'a2', 'a3', 'b1', 'c1', 'c2'))).toEqual(['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  });

  it('passes over those that may not have a turn now', () => {
    const queue = queueOf('a1', 'b1', 'a2', 'b2');
    expect(drained(queue, (tenantId) => tenantId === 'b')).toEqual(['b1', 'b2']);
    expect(drained(queue)).toEqual(['a1', 'a2']);
  });

  it('lets go of what is removed', () => {
    const queue = queueOf('a1', 'b1');
    const gone = item('a', 'gone');
    queue.add(gone);
    queue.remove(gone);
    queue.remove(gone);
    expect(queue.clear().map(({ name }) => name)).toEqual(['a1', 'b1']);
    expect(drained(queue)).toEqual([]);
  });

  it('is bounded for each tenant, and in all', () => {
    const queue = queueOf('a1', 'a2', 'a3', 'a4', 'a5');
    const refusal = (code: string) => expect.objectContaining({ code, retryAfterSeconds: 5 });
    expect(() => queue.add(item('a', 'a6'))).toThrow(refusal('tooManyRequests'));
    for (const name of ['b1', 'b2', 'b3']) queue.add(item('b', name));
    expect(() => queue.add(item('c', 'c1'))).toThrow(refusal('unavailable'));
    queue.take(anyone);
    expect(() => queue.add(item('c', 'c1'))).not.toThrow();
  });
});
