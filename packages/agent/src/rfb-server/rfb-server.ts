/** One connection of an RFB server (RFC 6143) on an X display: what changes goes out, keys and pointer go in. */
import type { Duplex } from 'node:stream';
import type { XCursorImage, XEvent, XFixes, XTest } from 'x11';
import type { Clock } from '../clock.ts';
import * as encoding from '../screen/rfb/encodings.ts';
import { RfbError } from '../screen/rfb/rfb-error.ts';
import { RfbStream } from '../screen/rfb/rfb-stream.ts';
import { ScreenError } from '../screen/screen-source.ts';
import type { XDisplay } from '../x11/x-display.ts';
import { Capture } from './capture.ts';
import { clientMessages, type PixelFormat } from './client-messages.ts';
import { cursorPixels } from './cursor.ts';
import { encodeRaw, encodeTight, pieces } from './encode-rectangle.ts';
import { Framebuffer } from './framebuffer.ts';
import { Keyboard } from './keyboard.ts';
import { Pointer } from './pointer.ts';
import { intersection, type Rectangle } from './rectangle.ts';
import {
  type EncodedRectangle,
  endOfContinuousUpdates,
  fence,
  framebufferUpdate,
  serverInit,
} from './update-messages.ts';

export interface RfbServerOptions {
  readonly connection: Duplex;
  /** Its own; closed with the connection. */
  readonly display: XDisplay;
  /** What of the desktop is shown; all of it, whatever its size becomes, when absent. */
  readonly area: Rectangle | undefined;
  readonly clock: Clock;
}

const LEAST_BETWEEN_UPDATES_MS = 16;
/** rfbproto, ClientFence. */
const FENCE_REQUEST = 0x8000_0000;
const FENCE_KNOWN = 0b111;
/** rfbproto, compression level: pseudo-encodings from −256 for 0 to −247 for 9. */
const COMPRESSION_0 = -256;
const DEFAULT_COMPRESSION = 1;
/** Past that zlib takes much longer for little. */
const MOST_COMPRESSION = 6;

export class RfbServer {
  readonly #options: RfbServerOptions;
  readonly #capture: Capture;
  readonly #keyboard: Keyboard;
  readonly #pointer: Pointer;
  readonly #fixes: XFixes;
  readonly #over = Promise.withResolvers<void>();
  #area: Rectangle;
  #picture: Framebuffer;
  #format: PixelFormat = { red: 0, green: 1, blue: 2 };
  #encodings: ReadonlySet<number> = new Set();
  #compression = DEFAULT_COMPRESSION;
  /** Input goes in one by one. */
  #input: Promise<void> = Promise.resolve();
  /** An update was asked for, and not sent yet. */
  #isAwaited = false;
  #isContinuous = false;
  #isChanged = true;
  #isResized = false;
  #isCursorNew = true;
  /** Parts that are to be sent whether they changed or not. */
  #asked: Rectangle[] = [];
  #isSending = false;
  #sentAt = 0;
  #isOver = false;

  private constructor(
    options: RfbServerOptions,
    parts: { capture: Capture; test: XTest; fixes: XFixes; area: Rectangle },
  ) {
    this.#options = options;
    const { display } = options;
    this.#capture = parts.capture;
    this.#fixes = parts.fixes;
    this.#keyboard = new Keyboard(display, parts.test);
    this.#pointer = new Pointer(display, parts.test);
    this.#area = parts.area;
    this.#picture = new Framebuffer(parts.area.width, parts.area.height);
  }

  /** @throws ScreenError where the display lacks what is needed */
  static async begin(options: RfbServerOptions): Promise<RfbServer> {
    const { display, area } = options;
    const { client, screen } = display;
    try {
      let server: RfbServer | undefined;
      const capture = await Capture.begin(display, () => server?.changed());
      const test = await display
        .ask<XTest>((reply) => client.require('xtest', reply))
        .catch((cause: unknown) => {
          throw new ScreenError('noSource', 'The display lacks the extension XTEST.', { cause });
        });
      const fixes = await display.ask<XFixes>((reply) => client.require('fixes', reply));
      const whole = { x: 0, y: 0, ...(await capture.size()) };
      const shown = area ? intersection(area, whole) : whole;
      if (!shown) throw new ScreenError('noScreen', 'The device has no such screen any more.');
      server = new RfbServer(options, { capture, test, fixes, area: shown });
      await server.#keyboard.load();
      fixes.SelectCursorInput(screen.root, fixes.CursorNotifyMask.DisplayCursor);
      client.ChangeWindowAttributes(screen.root, { eventMask: STRUCTURE_NOTIFY });
      server.#listen();
      return server;
    } catch (error) {
      display.close();
      throw error;
    }
  }

  /** Settles when the connection is over. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Something on the display did. */
  changed(): void {
    this.#isChanged = true;
    this.#pump();
  }

  /** Lets go of keys and buttons. */
  async close(): Promise<void> {
    if (this.#isOver) return this.over;
    this.#isOver = true;
    const { connection, display } = this.#options;
    // To whoever still reads, it ends as a connection does.
    connection.end(() => connection.destroy());
    this.#pointer.release();
    await this.#input.then(() => this.#keyboard.close()).catch(() => undefined);
    display.close();
    this.#over.resolve();
  }

  #listen(): void {
    const { display, connection } = this.#options;
    display.client.on('event', (event: XEvent) => this.#told(event));
    display.client.stream.once('close', () => void this.close());
    connection.once('close', () => void this.close());
    // What the client sent was wrong, or the connection broke: either way it is over.
    const close = () => this.close();
    void this.#read().then(close, close);
  }

  #told({ name, wid, width, height }: XEvent): void {
    const { display, area } = this.#options;
    if (name === 'CursorNotify') this.#isCursorNew = true;
    if (name === 'MappingNotify') this.#inTurn(() => this.#keyboard.load());
    if (name === 'ConfigureNotify' && wid === display.screen.root) {
      const whole = { x: 0, y: 0, width: Number(width), height: Number(height) };
      const shown = area ? intersection(area, whole) : whole;
      if (!shown) return void this.close();
      this.#isResized ||= shown.width !== this.#area.width || shown.height !== this.#area.height;
      this.#area = shown;
    }
    this.#pump();
  }

  async #read(): Promise<void> {
    const { connection } = this.#options;
    const write = (bytes: Uint8Array) => {
      if (!connection.destroyed) connection.write(bytes);
    };
    const stream = new RfbStream(
      clientMessages({
        reply: write,
        init: () => write(serverInit(this.#picture.width, this.#picture.height)),
        pixelFormat: (format) => {
          this.#format = format;
        },
        encodings: (encodings) => this.#speak(encodings, write),
        updateRequest: (part, isIncremental) => {
          this.#isAwaited = true;
          if (!isIncremental) this.#asked.push(part);
          this.#pump();
        },
        continuousUpdates: (part) => {
          this.#isContinuous = part !== undefined;
          if (!part) write(endOfContinuousUpdates());
          this.#pump();
        },
        fence: (flags, payload) => {
          if (flags >= FENCE_REQUEST) write(fence(flags & FENCE_KNOWN, payload));
        },
        key: (keysym, isDown) => this.#inTurn(() => this.#keyboard.key(keysym, isDown)),
        pointer: (mask, x, y) => this.#inTurn(() => this.#pointer.move(mask, x, y, this.#area)),
      }),
      () => undefined,
    );
    for await (const chunk of connection.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      stream.push(chunk);
      // Who sends faster than the display takes is read no faster.
      await this.#input;
    }
  }

  /** A display that refuses input is gone. */
  #inTurn(act: () => void | Promise<void>): void {
    this.#input = this.#input.then(act).catch(() => void this.close());
  }

  #speak(encodings: readonly number[], write: (bytes: Uint8Array) => void): void {
    const isFirst = this.#encodings.size === 0;
    this.#encodings = new Set(encodings);
    const level = encodings.find((each) => each >= COMPRESSION_0 && each < COMPRESSION_0 + 10);
    const wanted = level === undefined ? DEFAULT_COMPRESSION : level - COMPRESSION_0;
    this.#compression = Math.min(Math.max(wanted, 1), MOST_COMPRESSION);
    if (!isFirst) return;
    if (this.#encodings.has(encoding.FENCE)) write(fence(FENCE_REQUEST, new Uint8Array(0)));
    if (this.#encodings.has(encoding.CONTINUOUS_UPDATES)) write(endOfContinuousUpdates());
  }

  #pump(): void {
    const isWanted = this.#isAwaited || this.#isContinuous;
    const hasCursor = this.#isCursorNew && this.#encodings.has(encoding.CURSOR);
    const hasNews = this.#isChanged || this.#isResized || hasCursor || this.#asked.length > 0;
    if (this.#isOver || this.#isSending || !isWanted || !hasNews) return;
    this.#isSending = true;
    this.#send()
      .then(() => {
        this.#isSending = false;
        this.#pump();
      })
      // The display is gone, or the connection.
      .catch(() => this.close());
  }

  async #send(): Promise<void> {
    const { clock, connection } = this.#options;
    await new Promise<void>((resolve) => clock.at(this.#sentAt + LEAST_BETWEEN_UPDATES_MS, resolve));
    const rectangles = this.#isResized ? [this.#resized()] : [...(await this.#cursor()), ...(await this.#pixels())];
    this.#sentAt = clock.now();
    if (rectangles.length === 0 || this.#isOver) return;
    this.#isAwaited = false;
    // Settles when the other end has taken it: what changes meanwhile goes in one update, and nothing piles up here.
    await new Promise<void>((resolve, reject) => {
      connection.write(framebufferUpdate(rectangles), (error) => (error ? reject(error) : resolve()));
    });
  }

  #resized(): EncodedRectangle {
    const { width, height } = this.#area;
    if (!this.#encodings.has(encoding.DESKTOP_SIZE)) throw new RfbError('The client cannot follow a change of size.');
    this.#isResized = false;
    this.#picture = new Framebuffer(width, height);
    const place = { x: 0, y: 0, width, height };
    this.#asked = [place];
    return { place, encoding: encoding.DESKTOP_SIZE, bytes: Buffer.alloc(0) };
  }

  async #cursor(): Promise<EncodedRectangle[]> {
    if (!this.#isCursorNew || !this.#encodings.has(encoding.CURSOR)) return [];
    this.#isCursorNew = false;
    const image = await this.#options.display.ask<XCursorImage>((reply) => this.#fixes.GetCursorImage(reply));
    const { width, height, xhot, yhot } = image;
    const place = { x: xhot, y: yhot, width, height };
    return [{ place, encoding: encoding.CURSOR, bytes: cursorPixels(image, this.#format) }];
  }

  async #pixels(): Promise<EncodedRectangle[]> {
    const area = this.#area;
    const asked = this.#asked.splice(0);
    const wasChanged = this.#isChanged;
    this.#isChanged = false;
    const changes = wasChanged ? await this.#capture.changes(area) : [];
    const parts = [
      ...asked.map((part) => ({ part: moved(part, area.x, area.y), isAsked: true })),
      ...changes.map((part) => ({ part, isAsked: false })),
    ];
    const found: Rectangle[] = [];
    for (const { part, isAsked } of parts) {
      const within = intersection(part, area);
      const pixels = within && (await this.#capture.pixels(within));
      if (pixels) found.push(...this.#picture.update(moved(within, -area.x, -area.y), pixels, isAsked));
    }
    return Promise.all(found.flatMap(pieces).map((piece) => this.#encode(piece)));
  }

  async #encode(place: Rectangle): Promise<EncodedRectangle> {
    const pixels = this.#picture.pixelsOf(place);
    if (!this.#encodings.has(encoding.TIGHT)) {
      return { place, encoding: encoding.RAW, bytes: encodeRaw(pixels, this.#format) };
    }
    return { place, encoding: encoding.TIGHT, bytes: await encodeTight(pixels, place.width, this.#compression) };
  }
}

/** X11 protocol, appendix B. */
const STRUCTURE_NOTIFY = 1 << 17;

function moved(part: Rectangle, x: number, y: number): Rectangle {
  return { ...part, x: part.x + x, y: part.y + y };
}
