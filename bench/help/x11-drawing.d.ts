/** What the program on the screen uses of the package x11, beside what the agent uses of it. */
import 'x11';

declare module 'x11' {
  interface XClient {
    CreateGC(id: number, drawable: number, values: { readonly foreground: number }): void;
    ChangeGC(id: number, values: { readonly foreground: number }): void;
    /** Four numbers for each: x, y, width, height. */
    PolyFillRectangle(drawable: number, gc: number, rectangles: readonly number[]): void;
    MapWindow(window: number): void;
    /** @param revertTo 1: to what is below the pointer */
    SetInputFocus(window: number, revertTo: 1): void;
  }
}
