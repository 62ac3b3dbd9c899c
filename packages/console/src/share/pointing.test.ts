import { describe, expect, it } from 'vitest';
import { type Drawing, NOTHING_DRAWN, pointed, withoutConnection } from './pointing.ts';
import type { Pointing } from './sharer-end.ts';

const pen = (stroke: number, points: number): Pointing => ({
  ...{ event: 'pen', screen: 0, stroke, color: 'red', isLast: false },
  points: Array.from({ length: points }, (_, x) => ({ x, y: 0 })),
});

function after(...events: readonly (readonly [from: string, event: Pointing])[]): Drawing {
  return events.reduce((drawing, [from, event]) => pointed(drawing, from, event), NOTHING_DRAWN);
}

describe('what helpers point at', () => {
  it('is where each of them pointed last, until it is hidden', () => {
    const at = (x: number, isVisible = true): Pointing => ({ event: 'pointer', screen: 0, x, y: 7, isVisible });
    const drawing = after(['anna', at(1)], ['ben', at(2)], ['anna', at(3)], ['ben', at(2, false)]);
    expect([...drawing.pointers]).toEqual([['anna', { x: 3, y: 7 }]]);
  });

  it('grows stroke by stroke, and is cleared by who drew it alone', () => {
    const drawing = after(['anna', pen(1, 2)], ['ben', pen(1, 1)], ['anna', pen(1, 3)], ['anna', pen(2, 1)]);
    expect(drawing.strokes.map(({ from, id, points }) => [from, id, points.length])).toEqual([
      ['ben', 1, 1],
      ['anna', 1, 5],
      ['anna', 2, 1],
    ]);
    expect(pointed(drawing, 'anna', { event: 'penCleared', screen: 0 }).strokes).toHaveLength(1);
    expect(withoutConnection(drawing, (from) => from === 'anna').strokes).toHaveLength(2);
  });

  it('is never more than can be kept', () => {
    let drawing = NOTHING_DRAWN;
    for (let stroke = 0; stroke < 500; stroke++) drawing = pointed(drawing, 'anna', pen(stroke, 1));
    for (let part = 0; part < 100; part++) drawing = pointed(drawing, 'anna', pen(499, 64));
    expect(drawing.strokes).toHaveLength(200);
    expect(drawing.strokes.at(-1)?.points).toHaveLength(2_000);
  });
});
