import { describe, expect, it } from 'vitest';
import { boxWithin, positionIn } from './pointer-layer.tsx';

describe('a place on the picture', () => {
  const box = boxWithin({ width: 1_000, height: 1_000 }, { width: 800, height: 400 });

  it('is told in 65,535ths of the picture, wherever its bars lie', () => {
    expect(box).toEqual({ left: 0, top: 250, width: 1_000, height: 500 });
    expect(positionIn(box, 0, 250)).toEqual({ x: 0, y: 0 });
    expect(positionIn(box, 1_000, 750)).toEqual({ x: 65_535, y: 65_535 });
    expect(positionIn(box, 500, 500)).toEqual({ x: 32_768, y: 32_768 });
    expect(boxWithin({ width: 400, height: 400 }, { width: 100, height: 400 })).toMatchObject({
      left: 150,
      width: 100,
    });
  });

  it('is none on the bars, nor before there is a picture', () => {
    expect(positionIn(box, 500, 249)).toBeUndefined();
    expect(positionIn(box, -1, 500)).toBeUndefined();
    expect(positionIn(boxWithin({ width: 10, height: 10 }, { width: 0, height: 0 }), 5, 5)).toBeUndefined();
  });
});
