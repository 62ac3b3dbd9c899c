/** The picture as the helper has it: what is captured is compared with it, so that only what changed is sent. */
import type { Rectangle } from './rectangle.ts';

/** Bytes of a pixel: blue, green, red, and one that means nothing. */
export const PIXEL_BYTES = 4;
/** Changes are found in tiles of this many pixels each way. */
const TILE = 64;

export class Framebuffer {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Buffer;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = Buffer.alloc(width * height * PIXEL_BYTES);
  }

  /**
   * Takes what was captured.
   * @param place lies within the framebuffer
   * @param captured its rows, one behind the other
   * @param isAsked the whole of it is to be sent, changed or not
   * @returns what is to be sent
   */
  update(place: Rectangle, captured: Buffer, isAsked = false): Rectangle[] {
    const firstTile = Math.floor(place.x / TILE);
    const tiles = Math.ceil((place.x + place.width) / TILE) - firstTile;
    const changed: Rectangle[] = [];
    for (let top = place.y; top < place.y + place.height; ) {
      // Tiles keep to the grid, so that what changes little by little does not move them about.
      const bottom = Math.min(place.y + place.height, (Math.floor(top / TILE) + 1) * TILE);
      const isChanged = new Array<boolean>(tiles).fill(isAsked);
      for (let y = top; y < bottom; y++) this.#takeRow(place, y, captured, isChanged);
      addRuns(changed, isChanged, place, firstTile, top, bottom);
      top = bottom;
    }
    return changed;
  }

  /** The pixels of a rectangle, each as 24 bits, red first. */
  pixelsOf({ x, y, width, height }: Rectangle): Uint32Array {
    const pixels = new Uint32Array(width * height);
    const all = new Uint32Array(this.#pixels.buffer, this.#pixels.byteOffset, this.width * this.height);
    for (let row = 0; row < height; row++) {
      const from = (y + row) * this.width + x;
      pixels.set(all.subarray(from, from + width), row * width);
    }
    for (let at = 0; at < pixels.length; at++) pixels[at] = (pixels[at] as number) & 0xffffff;
    return pixels;
  }

  #takeRow(place: Rectangle, y: number, captured: Buffer, isChanged: boolean[]): void {
    const bytes = place.width * PIXEL_BYTES;
    const from = (y - place.y) * bytes;
    const to = (y * this.width + place.x) * PIXEL_BYTES;
    if (captured.compare(this.#pixels, to, to + bytes, from, from + bytes) === 0) return;
    const firstTile = Math.floor(place.x / TILE);
    for (let tile = 0; tile < isChanged.length; tile++) {
      if (isChanged[tile]) continue;
      const left = Math.max(place.x, (firstTile + tile) * TILE) - place.x;
      const right = Math.min(place.x + place.width, (firstTile + tile + 1) * TILE) - place.x;
      const [start, end] = [left * PIXEL_BYTES, right * PIXEL_BYTES];
      isChanged[tile] = captured.compare(this.#pixels, to + start, to + end, from + start, from + end) !== 0;
    }
    captured.copy(this.#pixels, to, from, from + bytes);
  }
}

/** Neighbouring tiles of a row are one rectangle, and one with that above it when that is as wide. */
function addRuns(
  changed: Rectangle[],
  isChanged: readonly boolean[],
  place: Rectangle,
  firstTile: number,
  top: number,
  bottom: number,
): void {
  for (let tile = 0; tile < isChanged.length; tile++) {
    if (!isChanged[tile]) continue;
    const x = Math.max(place.x, (firstTile + tile) * TILE);
    while (isChanged[tile + 1]) tile++;
    const width = Math.min(place.x + place.width, (firstTile + tile + 1) * TILE) - x;
    const above = changed.findIndex((each) => each.x === x && each.width === width && each.y + each.height === top);
    const y = above < 0 ? top : (changed[above] as Rectangle).y;
    if (above >= 0) changed.splice(above, 1);
    changed.push({ x, y, width, height: bottom - y });
  }
}
