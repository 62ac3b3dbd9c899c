import { ManualClock } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { Handshakes } from './handshakes.ts';

interface Named {
  readonly name: string;
}

describe('unfinished handshakes (GW-42)', () => {
  let clock: ManualClock;
  let cut: string[];
  let handshakes: Handshakes<Named>;
  beforeEach(() => {
    cut = [];
    clock = new ManualClock();
    const limits = { handshakeMs: 100, handshakes: 3, handshakesPerSource: 2 };
    handshakes = new Handshakes(clock, limits, ({ name }, because) => cut.push(`${name} ${because}`));
  });

  it('crowd out the oldest, of their own source first', () => {
    for (const name of ['a1', 'b1', 'a2', 'a3']) handshakes.begin({ name }, name.slice(0, 1));
    expect(cut).toEqual(['a1 tooManyHandshakes']);
    handshakes.begin({ name: 'c1' }, 'c');
    expect(cut).toEqual(['a1 tooManyHandshakes', 'b1 tooManyHandshakes']);
    expect(handshakes.size).toBe(3);
  });

  it('are cut when their time is up, each at its own', () => {
    const [first, second, third] = [{ name: '1' }, { name: '2' }, { name: '3' }];
    handshakes.begin(first, 'a');
    clock.advanceBy(60);
    handshakes.begin(second, 'b');
    handshakes.begin(third, 'b');
    handshakes.end(third);
    // To begin twice gives no more time.
    handshakes.begin(first, 'a');
    clock.advanceBy(39);
    expect(cut).toEqual([]);
    clock.advanceBy(1);
    expect(cut).toEqual(['1 timeout']);
    clock.advanceBy(60);
    expect(cut).toEqual(['1 timeout', '2 timeout']);
    expect(clock.pending).toBe(0);
  });

  it('leave no alarm when all are done', () => {
    const socket = { name: '1' };
    handshakes.begin(socket, 'a');
    expect(clock.pending).toBe(1);
    handshakes.end(socket);
    handshakes.end(socket);
    expect([clock.pending, handshakes.size]).toEqual([0, 0]);
  });
});
