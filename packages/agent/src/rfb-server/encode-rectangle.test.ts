import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRaw, encodeTight, pieces } from './encode-rectangle.ts';

/** Reads a rectangle of Tight as rfbproto has it. */
function decodeTight(bytes: Buffer, width: number, height: number): number[] {
  const control = bytes.readUInt8(0);
  const color = (at: number) => bytes.readUIntBE(at, 3);
  if (control >> 4 === 8) return new Array(width * height).fill(color(1));
  let at = 1;
  let palette: number[] | undefined;
  if (control & 0x40) {
    expect(bytes.readUInt8(at)).toBe(1);
    const count = bytes.readUInt8(at + 1) + 1;
    palette = Array.from({ length: count }, (_, i) => color(at + 2 + i * 3));
    at += 2 + count * 3;
  }
  expect(control & 0xf).toBe(1 << ((control >> 4) & 3));
  const rowBytes = Math.ceil(width / 8);
  const size = palette ? (palette.length === 2 ? rowBytes * height : width * height) : width * height * 3;
  let data = bytes.subarray(at);
  if (size >= 12) {
    let [length, shift] = [0, 0];
    for (let more = true; more; shift += 7) {
      const byte = bytes.readUInt8(at++);
      more = shift < 14 && byte >= 0x80;
      length |= (shift < 14 ? byte & 0x7f : byte) << shift;
    }
    expect(bytes.length - at).toBe(length);
    data = inflateSync(bytes.subarray(at));
  }
  expect(data.length).toBe(size);
  return Array.from({ length: width * height }, (_, i) => {
    if (!palette) return data.readUIntBE(i * 3, 3);
    if (palette.length > 2) return palette[data.readUInt8(i)] as number;
    const column = i % width;
    const bit = data.readUInt8(((i - column) / width) * rowBytes + (column >> 3)) & (0x80 >> (column & 7));
    return palette[bit ? 1 : 0] as number;
  });
}

describe('Tight', () => {
  // RFB-3
  it.each([1, 2, 3, 256, 257, 5_000])('of %i colours is read as it was', async (colors) => {
    const [width, height] = [101, 67];
    const pixels = Uint32Array.from({ length: width * height }, (_, i) => ((i % colors) * 2_654_435) & 0xffffff);
    expect(decodeTight(await encodeTight(pixels, width, 1), width, height)).toEqual([...pixels]);
  });

  // RFB-3
  it('of any pixels is read as they were', async () => {
    const rectangle = fc.integer({ min: 1, max: 40 }).chain((width) =>
      fc.integer({ min: 1, max: 20 }).chain((height) =>
        fc.record({
          width: fc.constant(width),
          height: fc.constant(height),
          pixels: fc.uint32Array({ minLength: width * height, maxLength: width * height, max: 0xffffff }),
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(rectangle, async ({ width, height, pixels }) => {
        expect(decodeTight(await encodeTight(pixels, width, 6), width, height)).toEqual([...pixels]);
      }),
    );
  });
});

// RFB-3
it('Raw puts colours where the client wants them', () => {
  const pixels = Uint32Array.of(0x112233);
  expect([...encodeRaw(pixels, { red: 0, green: 1, blue: 2 })]).toEqual([0x11, 0x22, 0x33, 0]);
  expect([...encodeRaw(pixels, { red: 3, green: 2, blue: 1 })]).toEqual([0, 0x33, 0x22, 0x11]);
});

// RFB-3
it('a large rectangle is cut into such as Tight can have', () => {
  const cut = pieces({ x: 5, y: 7, width: 5_000, height: 300 });
  expect(cut.reduce((sum, { width, height }) => sum + width * height, 0)).toBe(5_000 * 300);
  expect(Math.max(...cut.map(({ width }) => width))).toBe(2_048);
  expect(Math.max(...cut.map(({ width, height }) => width * height))).toBeLessThanOrEqual(65_536);
});
