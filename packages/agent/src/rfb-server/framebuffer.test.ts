import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Framebuffer, PIXEL_BYTES } from './framebuffer.ts';
import { intersection, type Rectangle } from './rectangle.ts';

const [WIDTH, HEIGHT] = [300, 200];

function captured({ width, height }: Rectangle, color: (x: number, y: number) => number): Buffer {
  const pixels = Buffer.alloc(width * height * PIXEL_BYTES);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels.writeUInt32LE(color(x, y), (y * width + x) * PIXEL_BYTES);
  }
  return pixels;
}

const whole = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

// RFB-2
it('what is captured again unchanged is not sent again, unless it is asked for', () => {
  const picture = new Framebuffer(WIDTH, HEIGHT);
  const gray = captured(whole, () => 0x808080);
  expect(picture.update(whole, gray)).toEqual([whole]);
  expect(picture.update(whole, gray)).toEqual([]);
  expect(picture.update(whole, gray, true)).toEqual([whole]);
});

// RFB-2
it('of what changed the tiles around it are sent', () => {
  const picture = new Framebuffer(WIDTH, HEIGHT);
  picture.update(
    whole,
    captured(whole, () => 0),
  );
  const dot = captured(whole, (x, y) => (x === 130 && y === 70 ? 0xff0000 : 0));
  expect(picture.update(whole, dot)).toEqual([{ x: 128, y: 64, width: 64, height: 64 }]);
  expect([...picture.pixelsOf({ x: 130, y: 70, width: 2, height: 1 })]).toEqual([0xff0000, 0]);
});

// RFB-2
it('whatever is captured where, what is sent covers every change and overlaps nothing', () => {
  const place = fc
    .tuple(fc.nat(WIDTH - 1), fc.nat(HEIGHT - 1), fc.nat(WIDTH - 1), fc.nat(HEIGHT - 1))
    .map(([ax, ay, bx, by]) => ({
      ...{ x: Math.min(ax, bx), y: Math.min(ay, by) },
      ...{ width: Math.abs(ax - bx) + 1, height: Math.abs(ay - by) + 1 },
    }));
  fc.assert(
    fc.property(fc.array(fc.tuple(place, fc.nat(3)), { minLength: 1, maxLength: 6 }), (captures) => {
      const picture = new Framebuffer(WIDTH, HEIGHT);
      const shown = new Uint32Array(WIDTH * HEIGHT);
      for (const [where, color] of captures) {
        const sent = picture.update(
          where,
          captured(where, (x, y) => color * ((x ^ y) & 1)),
        );
        for (const [at, each] of sent.entries()) {
          expect(sent.slice(at + 1).some((other) => intersection(each, other))).toBe(false);
          const pixels = picture.pixelsOf(each);
          for (let row = 0; row < each.height; row++) {
            const from = row * each.width;
            shown.set(pixels.subarray(from, from + each.width), (each.y + row) * WIDTH + each.x);
          }
        }
        expect(shown).toEqual(picture.pixelsOf(whole));
      }
    }),
    { numRuns: 30 },
  );
});
