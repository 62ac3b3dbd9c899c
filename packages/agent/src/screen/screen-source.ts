/** Where a session's picture and clipboard come from: what a platform, a VNC server or an own RFB server puts in. */
import type { Duplex } from 'node:stream';
import type { RelayControlOf, ScreenInfo } from '@open-remote-help/protocol/relay';

/** Why there is no picture, as the helper is told. */
export type NoScreenReason = RelayControlOf<'refused'>['why'];

/** There is no picture; the message is for the helper and for whoever runs the device, and holds no secret. */
export class ScreenError extends Error {
  override readonly name = 'ScreenError';
  readonly why: NoScreenReason;

  constructor(why: NoScreenReason, message: string, facts: { cause?: unknown } = {}) {
    super(message, facts);
    this.why = why;
  }
}

/** The desktop of whoever runs the agent. */
export interface ScreenSystem {
  /** @throws ScreenError */
  screens(): Promise<readonly ScreenInfo[]>;
  /**
   * Starts, or reaches, what serves the picture.
   * @param screen `ScreenInfo.id`; null for the whole desktop
   * @throws ScreenError
   */
  open(screen: number | null): Promise<VncSource>;
}

/** Something that speaks RFB (RFC 6143) as a server does. */
export interface VncSource {
  /** What serves the picture, for the log: `X0tigervnc`, `x11vnc`, `127.0.0.1:5900`. */
  readonly name: string;
  /** Answers VNC authentication, where the server asks for it. */
  readonly password?: string;
  /** A fresh connection, on which neither end has sent anything. @throws ScreenError */
  connect(): Promise<Duplex>;
  /** Ends whatever was started for it. */
  close(): Promise<void>;
}

/** The desktop's clipboard, as text. */
export interface ClipboardSystem {
  /** Empty when there is no text. */
  read(): Promise<string>;
  write(text: string): Promise<void>;
  /** Told when somebody else has put text there; the returned function stops it. */
  watch(listener: (text: string) => void): () => void;
  close(): Promise<void>;
}
