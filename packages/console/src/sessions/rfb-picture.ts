/** The picture of an RFB stream, drawn by noVNC. Everything noVNC is asked goes through this file. */
import RFB from '@novnc/novnc';
import type {
  AttachedPicture,
  Key,
  PictureListener,
  PictureMeasure,
  PictureQuality,
  PictureScale,
  PictureSource,
} from './picture.ts';
import type { RelayChannel } from './relay-channel.ts';

/** noVNC's levels from 0 to 9: `quality` of JPEG, `compression` in work. */
const LEVELS: Readonly<Record<PictureQuality, { readonly quality: number; readonly compression: number }>> = {
  sharp: { quality: 9, compression: 2 },
  balanced: { quality: 6, compression: 2 },
  lean: { quality: 2, compression: 7 },
};

/** What is used of noVNC's display, which it does not offer: when what it decoded is on the screen. */
interface Drawing {
  readonly _display: { pending(): boolean; flush(): Promise<unknown> };
}

export function rfbSource(channel: RelayChannel): PictureSource {
  return { attach: (target, listener) => new RfbPicture(channel, target, listener) };
}

class RfbPicture implements AttachedPicture {
  readonly can = { input: true, quality: true } as const;
  readonly #rfb: RFB;
  readonly #channel: RelayChannel;
  readonly #canvas: HTMLCanvasElement;
  readonly #held = new Map<string, string>();
  #frames = 0;
  #measuredBytes = 0;
  #isDetached = false;
  #isDisconnected = false;

  constructor(channel: RelayChannel, target: HTMLElement, listener: PictureListener) {
    this.#channel = channel;
    const rfb = new RFB(target, channel, { shared: true });
    this.#rfb = rfb;
    rfb.viewOnly = true;
    rfb.scaleViewport = true;
    rfb.background = 'transparent';
    rfb.addEventListener('disconnect', () => {
      this.#isDisconnected = true;
    });
    const { _display: display } = rfb as unknown as Drawing;
    channel.drawsBy(async () => {
      while (!this.#isDetached && display.pending()) await display.flush();
    });
    const canvas = target.querySelector('canvas');
    if (!canvas) throw new Error('noVNC draws into a canvas.');
    this.#canvas = canvas;
    // Heard before noVNC does, which lets nobody else hear.
    canvas.addEventListener('keydown', ({ code, key }) => this.#held.set(code, key), { capture: true });
    canvas.addEventListener('keyup', ({ code }) => this.#held.delete(code), { capture: true });
    this.#watchFrames(listener);
  }

  scale(how: PictureScale): void {
    this.#rfb.scaleViewport = how === 'fit';
  }

  takesInput(does: boolean): void {
    // noVNC sends nothing any more once it is view-only, not even that keys went up.
    if (!does) this.letGo();
    this.#rfb.viewOnly = !does;
  }

  letGo(): void {
    for (const [code, key] of this.#held) {
      this.#canvas.dispatchEvent(new KeyboardEvent('keyup', { code, key, bubbles: true }));
    }
    this.#held.clear();
  }

  quality(quality: PictureQuality): void {
    this.#rfb.qualityLevel = LEVELS[quality].quality;
    this.#rfb.compressionLevel = LEVELS[quality].compression;
  }

  press(keys: readonly Key[]): void {
    for (const { keysym, code } of keys) this.#rfb.sendKey(keysym, code, true);
    for (const { keysym, code } of [...keys].reverse()) this.#rfb.sendKey(keysym, code, false);
  }

  focus(): void {
    this.#rfb.focus({ preventScroll: true });
  }

  measure(): PictureMeasure {
    const bytes = this.#channel.received - this.#measuredBytes;
    const frames = this.#frames;
    this.#measuredBytes += bytes;
    this.#frames = 0;
    return { frames, bytes };
  }

  roundTrip(): Promise<number> {
    return this.#channel.ping();
  }

  still(): HTMLCanvasElement | undefined {
    const { width, height } = this.#canvas;
    if (width === 0 || height === 0) return undefined;
    const copy = document.createElement('canvas');
    Object.assign(copy, { width, height });
    copy.getContext('2d')?.drawImage(this.#canvas, 0, 0);
    return copy;
  }

  detach(): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    if (this.#isDisconnected) return;
    this.#rfb.disconnect();
    // noVNC waits for its channel to say so.
    this.#channel.onclose?.({ code: 1000 });
  }

  /** noVNC copies each frame that is complete from a canvas of its own to the visible one: that is a frame. */
  #watchFrames({ shown }: PictureListener): void {
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    const draw = context.drawImage;
    let size = '';
    let isConnected = false;
    // Before that the canvas is only being sized.
    this.#rfb.addEventListener('connect', () => {
      isConnected = true;
    });
    context.drawImage = (...image: unknown[]) => {
      Reflect.apply(draw, context, image);
      if (!isConnected) return;
      this.#frames += 1;
      const { width, height } = this.#canvas;
      const now = `${width} ${height}`;
      if (now === size) return;
      size = now;
      shown(width, height);
    };
  }
}
