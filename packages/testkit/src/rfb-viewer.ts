/** A small client of RFB, as a helper's end has one: shakes hands, asks for pixels in Raw, and keeps them. */
import { RFB_VERSION, rfbClient } from './rfb-words.ts';

const RAW = 0;
const DESKTOP_SIZE = -223;
const BYTES_PER_PIXEL = 4;
const HEADER = 12;

type Size = { readonly width: number; readonly height: number };

export class RfbViewer {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #ready = Promise.withResolvers<Size>();
  #waiting: { readonly isMet: () => boolean; readonly met: () => void }[] = [];
  #came = Buffer.alloc(0);
  #stage: 'version' | 'security' | 'result' | 'init' | 'messages' = 'version';
  #size: Size = { width: 0, height: 0 };
  #pixels = Buffer.alloc(0);
  /** How many updates came. */
  updates = 0;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  /** Settles when the server has told its size. */
  get ready(): Promise<Size> {
    return this.#ready.promise;
  }

  /** What the server sent. */
  receive(bytes: Uint8Array): void {
    this.#came = Buffer.concat([this.#came, bytes]);
    for (;;) {
      const read = this.#read(this.#came);
      if (read === 0) break;
      this.#came = this.#came.subarray(read);
    }
    this.#waiting = this.#waiting.filter(({ isMet, met }) => {
      if (!isMet()) return true;
      met();
      return false;
    });
  }

  /** Red, green and blue; black where nothing was drawn. */
  pixel(x: number, y: number): readonly number[] {
    const at = (y * this.#size.width + x) * BYTES_PER_PIXEL;
    return [...this.#pixels.subarray(at, at + 3)];
  }

  /** Settles once it is so; it is looked at after each part that comes. */
  until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((met) => this.#waiting.push({ isMet, met }));
  }

  key(keysym: number, isDown: boolean): void {
    this.#send(rfbClient.key(keysym, isDown));
  }

  /** Types ASCII, with Shift where a US keyboard needs it. */
  type(text: string): void {
    const [shift, returnKey] = [0xffe1, 0xff0d];
    for (const character of text) {
      const isShifted = /[A-Z!@#$%^&*()_+{}|:"<>?~]/.test(character);
      const keysym = character === '\n' ? returnKey : (character.codePointAt(0) ?? 0);
      if (isShifted) this.key(shift, true);
      this.key(keysym, true);
      this.key(keysym, false);
      if (isShifted) this.key(shift, false);
    }
  }

  pointer(buttons: number, x: number, y: number): void {
    this.#send(rfbClient.pointer(buttons, x, y));
  }

  click(x: number, y: number): void {
    for (const buttons of [0, 1, 0]) this.pointer(buttons, x, y);
  }

  /** @returns how many bytes were read; 0 when there are not enough yet */
  #read(came: Buffer): number {
    switch (this.#stage) {
      case 'version':
        if (came.length < RFB_VERSION.length) return 0;
        this.#send(RFB_VERSION);
        this.#stage = 'security';
        return RFB_VERSION.length;
      case 'security': {
        const count = came[0];
        if (count === undefined || came.length < 1 + count) return 0;
        this.#send(Uint8Array.of(1));
        this.#stage = 'result';
        return 1 + count;
      }
      case 'result':
        if (came.length < 4) return 0;
        this.#send(Uint8Array.of(1));
        this.#stage = 'init';
        return 4;
      case 'init': {
        if (came.length < 24 || came.length < 24 + came.readUInt32BE(20)) return 0;
        this.#resize(came.readUInt16BE(0), came.readUInt16BE(2));
        this.#send(rfbClient.setPixelFormat());
        this.#send(rfbClient.setEncodings(RAW, DESKTOP_SIZE));
        this.#ask(false);
        this.#stage = 'messages';
        this.#ready.resolve(this.#size);
        return 24 + came.readUInt32BE(20);
      }
      case 'messages':
        return this.#message(came);
    }
  }

  #message(came: Buffer): number {
    if (came.length < 4) return 0;
    if (came[0] !== 0) throw new Error(`A message of type ${came[0]}, which nobody asked for.`);
    let at = 4;
    for (let i = 0; i < came.readUInt16BE(2); i++) {
      if (came.length < at + HEADER) return 0;
      const width = came.readUInt16BE(at + 4);
      const height = came.readUInt16BE(at + 6);
      const encoding = came.readInt32BE(at + 8);
      const bytes = encoding === RAW ? width * height * BYTES_PER_PIXEL : 0;
      if (came.length < at + HEADER + bytes) return 0;
      if (encoding === DESKTOP_SIZE) this.#resize(width, height);
      else this.#draw(came.subarray(at), width, height);
      at += HEADER + bytes;
    }
    this.updates += 1;
    this.#ask(true);
    return at;
  }

  #draw(rectangle: Buffer, width: number, height: number): void {
    const [x, y] = [rectangle.readUInt16BE(0), rectangle.readUInt16BE(2)];
    for (let row = 0; row < height; row++) {
      const from = HEADER + row * width * BYTES_PER_PIXEL;
      rectangle.copy(
        this.#pixels,
        ((y + row) * this.#size.width + x) * BYTES_PER_PIXEL,
        from,
        from + width * BYTES_PER_PIXEL,
      );
    }
  }

  #resize(width: number, height: number): void {
    this.#size = { width, height };
    this.#pixels = Buffer.alloc(width * height * BYTES_PER_PIXEL);
  }

  #ask(isIncremental: boolean): void {
    this.#send(rfbClient.update(isIncremental, 0, 0, this.#size.width, this.#size.height));
  }
}
