/** Moves the pointer of an X display and presses its buttons, through XTEST. */
import type { XTest } from 'x11';
import type { XDisplay } from '../x11/x-display.ts';
import type { Rectangle } from './rectangle.ts';

/** RFC 6143, 7.5.5: bit 0 is button 1. The wheel is buttons 4 to 7. */
const BUTTONS = 7;

export class Pointer {
  readonly #display: XDisplay;
  readonly #test: XTest;
  #mask = 0;

  constructor(display: XDisplay, test: XTest) {
    this.#display = display;
    this.#test = test;
  }

  /** @param area what of the desktop is shown; the pointer stays within */
  move(mask: number, x: number, y: number, area: Rectangle): void {
    const { root } = this.#display.screen;
    const [column, row] = [Math.min(x, area.width - 1), Math.min(y, area.height - 1)];
    this.#test.FakeInput(this.#test.MotionNotify, 0, 0, root, area.x + column, area.y + row);
    this.#press(mask);
  }

  /** Lets go of all buttons. */
  release(): void {
    this.#press(0);
  }

  #press(mask: number): void {
    for (let bit = 0; bit < BUTTONS; bit++) {
      const [was, is] = [(this.#mask >> bit) & 1, (mask >> bit) & 1];
      if (was === is) continue;
      this.#test.FakeInput(is ? this.#test.ButtonPress : this.#test.ButtonRelease, bit + 1, 0, 0, 0, 0);
    }
    this.#mask = mask;
  }
}
