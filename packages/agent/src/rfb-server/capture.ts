/** Pixels of an X display, and which of them changed: DAMAGE says where to look, GetImage fetches. */
import type { XDamage, XEvent, XFixes } from 'x11';
import { ScreenError } from '../screen/screen-source.ts';
import type { XDisplay } from '../x11/x-display.ts';
import { PIXEL_BYTES } from './framebuffer.ts';
import { bounds, intersection, type Rectangle } from './rectangle.ts';

/** More rectangles are fetched as one around them: each costs a round trip of its own. */
const MOST_RECTANGLES = 16;
const Z_PIXMAP = 2;
const ALL_PLANES = 0xffff_ffff;

export class Capture {
  readonly #display: XDisplay;
  readonly #damage: XDamage;
  readonly #fixes: XFixes;
  readonly #ids: { readonly damage: number; readonly region: number };

  private constructor(display: XDisplay, damage: XDamage, fixes: XFixes) {
    this.#display = display;
    this.#damage = damage;
    this.#fixes = fixes;
    this.#ids = { damage: display.client.AllocID(), region: display.client.AllocID() };
  }

  /**
   * @param changed told that there is something to fetch; again after each `fetch`
   * @throws ScreenError where the display has other pixels, or lacks DAMAGE
   */
  static async begin(display: XDisplay, changed: () => void): Promise<Capture> {
    const { client, screen } = display;
    await assertPixels(display);
    const fixes = await display.ask<XFixes>((reply) => client.require('fixes', reply)).catch(lacks('XFIXES'));
    const damage = await display.ask<XDamage>((reply) => client.require('damage', reply)).catch(lacks('DAMAGE'));
    const capture = new Capture(display, damage, fixes);
    fixes.CreateRegion(capture.#ids.region, []);
    client.on('event', ({ name }: XEvent) => {
      if (name === 'DamageNotify') changed();
    });
    damage.Create(capture.#ids.damage, screen.root, damage.ReportLevel.NonEmpty);
    return capture;
  }

  /** Where something changed since it was last asked, in the display's coordinates. */
  async changes(within: Rectangle): Promise<readonly Rectangle[]> {
    this.#damage.Subtract(this.#ids.damage, 0, this.#ids.region);
    const { rectangles } = await this.#display.ask<{ rectangles: readonly Rectangle[] }>((reply) =>
      this.#fixes.FetchRegion(this.#ids.region, reply),
    );
    const parts = rectangles.map((each) => intersection(each, within)).filter((each) => each !== undefined);
    return parts.length > MOST_RECTANGLES ? [bounds(parts)] : parts;
  }

  /** The pixels of a part, row by row; undefined when the display has no such part any more. */
  async pixels({ x, y, width, height }: Rectangle): Promise<Buffer | undefined> {
    const { client, screen } = this.#display;
    try {
      const { data } = await this.#display.ask<{ data: Buffer }>((reply) =>
        client.GetImage(Z_PIXMAP, screen.root, x, y, width, height, ALL_PLANES, reply),
      );
      return data;
    } catch {
      // A display that has become smaller refuses; its new size is told by itself.
      return undefined;
    }
  }

  size(): Promise<{ readonly width: number; readonly height: number }> {
    const { client, screen } = this.#display;
    return this.#display.ask((reply) => client.GetGeometry(screen.root, reply));
  }
}

/** Nothing but 32 bits a pixel, of which 24 count, blue first. */
async function assertPixels(display: XDisplay): Promise<void> {
  const { client, screen } = display;
  const { depth, data } = await display.ask<{ depth: number; data: Buffer }>((reply) =>
    client.GetImage(Z_PIXMAP, screen.root, 0, 0, 2, 1, ALL_PLANES, reply),
  );
  const isServed = (depth === 24 || depth === 32) && data.length === 2 * PIXEL_BYTES;
  if (!isServed || client.display.image_byte_order !== 0) {
    throw new ScreenError('noSource', 'The display has other pixels than 24 bits of true colour.');
  }
}

function lacks(extension: string): (cause: unknown) => never {
  return (cause) => {
    throw new ScreenError('noSource', `The display lacks the extension ${extension}.`, { cause });
  };
}
