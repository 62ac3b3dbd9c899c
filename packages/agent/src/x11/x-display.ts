/** A connection to an X server, with promises for what the package x11 tells by callbacks. */
import x11, { type XClient, type XScreen } from 'x11';

const GONE = new Error('The display is gone.');

export class XDisplay {
  readonly client: XClient;
  readonly screen: XScreen;
  /** Who waits for an answer. */
  readonly #waiting = new Set<(error: Error) => void>();
  #isGone = false;

  private constructor(client: XClient, screen: XScreen) {
    this.client = client;
    this.screen = screen;
    client.once('end', () => {
      this.#isGone = true;
      for (const refuse of this.#waiting) refuse(GONE);
    });
  }

  /**
   * @param name as in `DISPLAY`; cookies come from `XAUTHORITY`
   * @throws Error when there is no such display, or it lets nobody in
   */
  static async open(name: string): Promise<XDisplay> {
    const opened = Promise.withResolvers<XDisplay>();
    // Without shared memory: its probing needs a socket of another kind, and nothing here is large.
    const client = x11.createClient({ display: name, shm: false }, (error, display) => {
      const screen = display?.screen[0];
      if (error || !screen) opened.reject(error ?? new Error('The display has no screen.'));
      else opened.resolve(new XDisplay(display.client, screen));
    });
    // An error of a single request: what waits for its answer is told as well.
    client.on('error', (error: unknown) => opened.reject(error));
    return opened.promise;
  }

  /** What a request is answered. @throws Error of the request, or that the display is gone */
  ask<T>(send: (reply: (error: Error | null | undefined, value: T) => boolean) => void): Promise<T> {
    if (this.#isGone) return Promise.reject(GONE);
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject);
      send((error, value) => {
        this.#waiting.delete(reject);
        if (error) reject(error);
        else resolve(value);
        return true;
      });
    });
  }

  atom(name: string): Promise<number> {
    return this.ask((reply) => this.client.InternAtom(false, name, reply));
  }

  /** Settles when the server has carried out all that it was asked. */
  async settled(): Promise<void> {
    await this.ask((reply) => this.client.GetInputFocus(reply));
  }

  close(): void {
    this.client.terminate();
  }
}
