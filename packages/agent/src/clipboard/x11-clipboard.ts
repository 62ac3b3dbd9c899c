/** The CLIPBOARD selection of an X display as text (ICCCM, 2): read from who owns it, and owned when it is written. */
import type { XEvent, XFixes } from 'x11';
import type { Clock } from '../clock.ts';
import type { ClipboardSystem } from '../screen/screen-source.ts';
import { XDisplay } from '../x11/x-display.ts';

/** Longer texts are not clipboards but files; in bytes of UTF-8. */
const MOST_BYTES = 1024 * 1024;
const MOST_TAKEN_BYTES = 64 * MOST_BYTES;
/** Fits a request of every server (X11, 4: 65,535 words), beside its header. */
const CHUNK_BYTES = 64 * 1024;
const LONGEST_ANSWER_MS = 2_000;
const [REPLACE, APPEND] = [0, 2];
const ANY_TYPE = 0;
const NO_ATOM = 0;
const BITS_PER_BYTE = 8;
/** PropertyNotify (X11, 11): a new value. */
const NEW_VALUE = 0;

interface Atoms {
  readonly clipboard: number;
  readonly utf8: number;
  readonly string: number;
  readonly targets: number;
  readonly incr: number;
  /** Of our window, where owners put what they are asked for. */
  readonly property: number;
}

export class X11Clipboard implements ClipboardSystem {
  readonly #display: XDisplay;
  readonly #atoms: Atoms;
  readonly #clock: Clock;
  /** Never shown. */
  readonly #window: number;
  readonly #listeners = new Set<(text: string) => void>();
  /** What is handed out while we own the selection. */
  #own: string | undefined;
  /** What is handed out once the server has made us the owner; until then others' changes are still told. */
  #written: string | undefined;
  /** One question after the other: they share a property. */
  #last: Promise<unknown> = Promise.resolve();
  /** Who waits for an event. */
  #waiting: ((event: XEvent) => void) | undefined;

  private constructor(display: XDisplay, atoms: Atoms, window: number, clock: Clock) {
    this.#display = display;
    this.#atoms = atoms;
    this.#window = window;
    this.#clock = clock;
    display.client.on('event', (event: XEvent) => this.#hear(event));
  }

  /** @throws Error when the display cannot be opened, or tells nobody of its selections (XFIXES) */
  static async open(name: string, clock: Clock): Promise<X11Clipboard> {
    const display = await XDisplay.open(name);
    const { client, screen } = display;
    const window = client.AllocID();
    const [x, y, width, height] = [0, 0, 1, 1];
    client.CreateWindow(window, screen.root, x, y, width, height, 0, 0, 0, 0, { eventMask: PROPERTY_CHANGE });
    const fixes = await display.ask<XFixes>((reply) => client.require('fixes', reply));
    const atoms: Atoms = {
      clipboard: await display.atom('CLIPBOARD'),
      utf8: await display.atom('UTF8_STRING'),
      string: await display.atom('STRING'),
      targets: await display.atom('TARGETS'),
      incr: await display.atom('INCR'),
      property: await display.atom('OPEN_REMOTE_HELP'),
    };
    fixes.SelectSelectionInput(window, atoms.clipboard, fixes.SelectionEventMask.SetSelectionOwner);
    await display.settled();
    return new X11Clipboard(display, atoms, window, clock);
  }

  read(): Promise<string> {
    const read = this.#last.then(() => this.#read());
    this.#last = read.catch(() => undefined);
    return read;
  }

  async write(text: string): Promise<void> {
    const { client } = this.#display;
    const { clipboard } = this.#atoms;
    this.#written = text;
    client.SetSelectionOwner(this.#window, clipboard);
    await this.#display.settled();
  }

  watch(listener: (text: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#last;
    this.#display.close();
  }

  async #read(): Promise<string> {
    if (this.#own !== undefined) return this.#own;
    const { client } = this.#display;
    const { clipboard, utf8, property } = this.#atoms;
    const owner = await this.#display.ask<number>((reply) => client.GetSelectionOwner(clipboard, reply));
    if (owner === NO_ATOM) return '';
    const answered = this.#next(({ name, requestor }) => name === 'SelectionNotify' && requestor === this.#window);
    client.ConvertSelection(this.#window, clipboard, utf8, property);
    // An owner that has no text, or does not answer, has nothing to share.
    const answer = await answered.event;
    if (!answer || answer.property === NO_ATOM) return '';
    let part = this.#nextPart();
    const { type, bytes } = await this.#taken();
    if (type !== this.#atoms.incr) {
      part.cancel();
      return bytes.toString();
    }
    // ICCCM, 2.7.2: a long text comes in parts, each behind the deletion of the one before, and ends with an empty one.
    // One that is too long is taken to its end and thrown away, or its owner would wait for ever.
    const parts: Buffer[] = [];
    for (let size = 0; size <= MOST_TAKEN_BYTES; ) {
      if (!(await part.event)) return '';
      part = this.#nextPart();
      const taken = await this.#taken();
      size += taken.bytes.length;
      if (taken.bytes.length === 0) {
        part.cancel();
        return Buffer.concat(size <= MOST_BYTES ? parts : []).toString();
      }
      if (size <= MOST_BYTES) parts.push(taken.bytes);
    }
    part.cancel();
    return '';
  }

  /** Waited for before the part in front of it is taken: it may follow at once. */
  #nextPart(): Expected {
    return this.#next(
      ({ name, wid, atom, state }) =>
        name === 'PropertyNotify' && wid === this.#window && atom === this.#atoms.property && state === NEW_VALUE,
    );
  }

  /** What an owner put into our property, which it empties; nothing of what is too long. */
  async #taken(): Promise<{ readonly type: number; readonly bytes: Buffer }> {
    const { client } = this.#display;
    const [isDeleted, fromStart] = [1, 0] as const;
    const { type, format, data, bytesAfter } = await this.#display.ask<Property>((reply) =>
      client.GetProperty(isDeleted, this.#window, this.#atoms.property, ANY_TYPE, fromStart, MOST_BYTES / 4, reply),
    );
    // With bytes left over the property was not deleted (X11, 10: GetProperty).
    if (bytesAfter > 0) client.DeleteProperty(this.#window, this.#atoms.property);
    const isText = type === this.#atoms.utf8 && format === BITS_PER_BYTE && bytesAfter === 0;
    return { type, bytes: isText ? Buffer.from(data) : Buffer.alloc(0) };
  }

  #next(isIt: (event: XEvent) => boolean): Expected {
    const { promise, resolve } = Promise.withResolvers<XEvent | undefined>();
    const cancelTimer = this.#clock.at(this.#clock.now() + LONGEST_ANSWER_MS, () => resolve(undefined));
    const over = (event: XEvent | undefined) => {
      cancelTimer();
      resolve(event);
    };
    this.#waiting = (event) => {
      if (isIt(event)) over(event);
    };
    return { event: promise, cancel: () => over(undefined) };
  }

  #hear(event: XEvent): void {
    // XFIXES tells by an event of the same name that a selection has another owner.
    if (event.name === 'SelectionNotify' && 'selectionTimestamp' in event) {
      if (event.owner === this.#window) this.#own = this.#written;
      else this.#copied();
    } else if (event.name === 'SelectionRequest') this.#handOut(event as unknown as SelectionRequest);
    else this.#waiting?.(event);
  }

  #copied(): void {
    this.#own = undefined;
    if (this.#listeners.size === 0) return;
    void this.read()
      .catch(() => '')
      .then((text) => {
        if (text !== '') for (const listener of this.#listeners) listener(text);
      });
  }

  /** ICCCM, 2.2: who asks is given it in the property that he names, and told. */
  #handOut({ requestor, target, property, time }: SelectionRequest): void {
    const { client } = this.#display;
    const { utf8, string, targets, clipboard } = this.#atoms;
    // ICCCM, 2.2: of obsolete clients that name none.
    const place = property === NO_ATOM ? target : property;
    const isText = target === utf8 || target === string;
    if (target === targets) client.ChangeProperty(REPLACE, requestor, place, ATOM, 32, [targets, utf8, string]);
    else if (isText && this.#own !== undefined) {
      // ICCCM, 2.7.1: STRING is Latin-1.
      this.#put(requestor, place, target, Buffer.from(this.#own, target === string ? 'latin1' : 'utf8'));
    }
    const given = target === targets || (isText && this.#own !== undefined) ? place : NO_ATOM;
    const told = { name: 'SelectionNotify', time, requestor, selection: clipboard, target, property: given };
    client.SendEvent(requestor, 0, 0, told);
  }

  #put(requestor: number, property: number, type: number, text: Buffer): void {
    for (let at = 0; at === 0 || at < text.length; at += CHUNK_BYTES) {
      const part = text.subarray(at, at + CHUNK_BYTES);
      this.#display.client.ChangeProperty(at === 0 ? REPLACE : APPEND, requestor, property, type, BITS_PER_BYTE, part);
    }
  }
}

/** X11, appendix B: the atom ATOM. */
const ATOM = 4;
/** X11, 8: the event mask PropertyChange. */
const PROPERTY_CHANGE = 0x400000;

interface Property {
  readonly type: number;
  readonly format: number;
  readonly bytesAfter: number;
  readonly data: Buffer;
}

/** An event that is waited for; undefined when it does not come in time. */
interface Expected {
  readonly event: Promise<XEvent | undefined>;
  readonly cancel: () => void;
}

interface SelectionRequest {
  readonly requestor: number;
  readonly target: number;
  readonly property: number;
  readonly time: number;
}
