/** What is used of the package x11 for windows of other programs, beside what `../x11/x11.d.ts` says. */
import 'x11';

declare module 'x11' {
  interface XClient {
    ChangeWindowAttributes(window: number, values: { readonly eventMask: number }): void;
    ConfigureWindow(
      window: number,
      values: { readonly x?: number; readonly y?: number; readonly stackMode?: number },
    ): void;
    GetGeometry(drawable: number, reply: Reply<{ readonly width: number; readonly height: number }>): void;
    GetInputFocus(reply: Reply<{ readonly focus: number }>): void;
    GetWindowAttributes(window: number, reply: Reply<{ readonly mapState: number }>): void;
    QueryTree(window: number, reply: Reply<{ readonly children: readonly number[] }>): void;
    SendClientMessage(
      destination: number,
      window: number,
      type: number,
      format: 8 | 16 | 32,
      data: readonly number[],
    ): void;
    SetInputFocus(window: number, revertTo: number): void;
  }
}
