/** What is used of the package x11 (docs/core-requests.md, docs/ext/ there); it brings no types of its own. */
declare module 'x11' {
  import type { EventEmitter } from 'node:events';

  type Reply<T> = (error: Error | null | undefined, value: T) => boolean | undefined;

  export interface XEvent {
    readonly name: string;
    readonly [member: string]: unknown;
  }

  export interface XExtension {
    readonly present: boolean;
    readonly majorOpcode: number;
  }

  export interface XClient extends EventEmitter {
    /** Packs a request by hand, as the package's own extensions do: number, answer, bytes. */
    seq_num: number;
    readonly replies: Record<number, [(body: Buffer, data: number) => unknown, Reply<never>]>;
    readonly pack_stream: { put(request: Buffer): void; submit(expectsReply: boolean): void };
    AllocID(): number;
    CreateWindow(
      id: number,
      parent: number,
      x: number,
      y: number,
      width: number,
      height: number,
      ...rest: unknown[]
    ): void;
    DestroyWindow(id: number): void;
    InternAtom(onlyIfExists: boolean, name: string, reply: Reply<number>): void;
    GetAtomName(atom: number, reply: Reply<string>): void;
    QueryExtension(name: string, reply: Reply<XExtension>): void;
    GetProperty(
      isDeleted: 0 | 1,
      window: number,
      property: number,
      type: number,
      offset: number,
      length: number,
      reply: Reply<{ type: number; format: number; bytesAfter: number; data: Buffer }>,
    ): void;
    ChangeProperty(
      mode: number,
      window: number,
      property: number,
      type: number,
      format: number,
      data: Buffer | number[],
    ): void;
    DeleteProperty(window: number, property: number): void;
    SetSelectionOwner(owner: number, selection: number, time?: number): void;
    GetSelectionOwner(selection: number, reply: Reply<number>): void;
    ConvertSelection(requestor: number, selection: number, target: number, property: number, time?: number): void;
    SendEvent(destination: number, propagate: number, eventMask: number, event: object): void;
    GetInputFocus(reply: Reply<unknown>): void;
    require(extension: 'fixes', reply: Reply<XFixes>): void;
    close(done: () => void): void;
    terminate(): void;
  }

  export interface XFixes extends XExtension {
    readonly SelectionEventMask: { readonly SetSelectionOwner: number };
    SelectSelectionInput(window: number, selection: number, eventMask: number): void;
  }

  export interface XScreen {
    readonly root: number;
    readonly pixel_width: number;
    readonly pixel_height: number;
  }

  interface X11 {
    createClient(
      options: { display?: string; shm?: false },
      connected: (error: Error | undefined, display: { client: XClient; screen: XScreen[] }) => void,
    ): XClient;
    readonly eventMask: Readonly<
      Record<'StructureNotify' | 'SubstructureNotify' | 'FocusChange' | 'PropertyChange' | 'VisibilityChange', number>
    >;
  }

  const x11: X11;
  export default x11;
}
