/** What the own RFB server uses of the package x11, beside what `../x11/x11.d.ts` says. */
import 'x11';

declare module 'x11' {
  interface XClient {
    readonly stream: NodeJS.EventEmitter;
    readonly display: {
      readonly min_keycode: number;
      readonly max_keycode: number;
      /** 0: the least significant byte first. */
      readonly image_byte_order: number;
    };
    ChangeWindowAttributes(window: number, values: { readonly eventMask: number }): void;
    /** Format 2 is ZPixmap: rows of whole pixels. */
    GetImage(
      format: 2,
      drawable: number,
      x: number,
      y: number,
      width: number,
      height: number,
      planeMask: number,
      reply: Reply<{ readonly depth: number; readonly data: Buffer }>,
    ): void;
    GetGeometry(drawable: number, reply: Reply<{ readonly width: number; readonly height: number }>): void;
    QueryPointer(window: number, reply: Reply<{ readonly keyMask: number }>): void;
    /** 256 bits, one for each keycode. */
    QueryKeymap(reply: Reply<Buffer>): void;
    GetKeyboardMapping(first: number, count: number, reply: Reply<readonly (readonly number[])[]>): void;
    ChangeKeyboardMapping(first: number, keysymsPerKeycode: number, keysyms: readonly number[]): void;
    /** Keycodes of each of the eight modifiers, Shift first. */
    GetModifierMapping(reply: Reply<readonly (readonly number[])[]>): void;
    require(extension: 'damage', reply: Reply<XDamage>): void;
    require(extension: 'xtest', reply: Reply<XTest>): void;
  }

  export interface XDamage extends XExtension {
    readonly ReportLevel: { readonly NonEmpty: number };
    Create(damage: number, drawable: number, level: number): void;
    Subtract(damage: number, repair: number, parts: number): void;
  }

  export interface XTest extends XExtension {
    readonly KeyPress: number;
    readonly KeyRelease: number;
    readonly ButtonPress: number;
    readonly ButtonRelease: number;
    readonly MotionNotify: number;
    /** @param time 0 for at once */
    FakeInput(type: number, detail: number, time: number, window: number, x: number, y: number): void;
  }

  export interface XCursorImage {
    readonly width: number;
    readonly height: number;
    readonly xhot: number;
    readonly yhot: number;
    /** ARGB, premultiplied, least significant byte first. */
    readonly cursorImage: Buffer;
  }

  export interface XFixes {
    readonly CursorNotifyMask: { readonly DisplayCursor: number };
    SelectCursorInput(window: number, eventMask: number): void;
    GetCursorImage(reply: Reply<XCursorImage>): void;
    CreateRegion(region: number, rectangles: readonly []): void;
    FetchRegion(
      region: number,
      reply: Reply<{ readonly rectangles: readonly { x: number; y: number; width: number; height: number }[] }>,
    ): void;
  }
}
