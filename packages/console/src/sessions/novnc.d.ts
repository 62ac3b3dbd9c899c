/** What is used of noVNC (its docs/API.md), which brings no types. */
declare module '@novnc/novnc' {
  /** Members of a channel that noVNC is given instead of an address. */
  interface RawChannel {
    binaryType: string;
    readonly protocol: string;
    readonly readyState: string;
    onopen: ((event: object) => void) | null;
    onclose: ((event: { readonly code: number }) => void) | null;
    onerror: ((event: object) => void) | null;
    onmessage: ((event: { readonly data: ArrayBuffer }) => void) | null;
    send(data: Uint8Array<ArrayBuffer>): void;
    close(): void;
  }

  export default class RFB extends EventTarget {
    constructor(target: HTMLElement, channel: RawChannel, options?: { readonly shared?: boolean });
    viewOnly: boolean;
    scaleViewport: boolean;
    /** Color behind and around the picture, as CSS has it. */
    background: string;
    /** 0 to 9. */
    qualityLevel: number;
    compressionLevel: number;
    sendKey(keysym: number, code: string, down?: boolean): void;
    focus(options?: FocusOptions): void;
    disconnect(): void;
  }
}
