/**
 * The remote picture between those who bring it and those who show it. A *line* gets a picture for one session (an RFB
 * stream through the relay, or a video over WebRTC) and gets it again when it breaks; while it has one, its state holds
 * a *source*, which draws into an element of the page.
 */
import type { CryptoPort, PeerEvent } from '@open-remote-help/protocol/events';
import type { Timers } from '@open-remote-help/protocol/realtime';
import type { RelayControlOf, RelayKeys, RelayOffer, ScreenInfo } from '@open-remote-help/protocol/relay';
import type { Instant } from '../clock.ts';

export type PictureState =
  /** The ends have not found each other yet. */
  | { readonly kind: 'none' }
  | { readonly kind: 'opening' }
  | LivePicture
  /** It broke, or could not be opened; it is tried again by itself at the instant. */
  | { readonly kind: 'broken'; readonly againAt: Instant }
  /** The sharer's end has none to give. */
  | { readonly kind: 'refused'; readonly why: RefusedWhy; readonly text: string };

export type RefusedWhy = RelayControlOf<'refused'>['why'];

export interface LivePicture {
  readonly kind: 'live';
  readonly source: PictureSource;
  /** What may be chosen; empty where the line offers no choice. */
  readonly screens: readonly ScreenInfo[];
  /** Null: the whole desktop. */
  readonly screen: number | null;
  readonly way: 'relayed' | 'direct';
  /** The sharer's end drops input now. */
  readonly frozen: 'prompt' | 'paused' | undefined;
}

/** What a picture's line may ask of its session. */
export interface PictureHost {
  readonly timers: Timers;
  readonly crypto: CryptoPort;
  readonly changed: (state: PictureState) => void;
  /** To the sharer's end. @returns how many ends it reached: 0 or 1. @throws EventRefusal `blocked`, `malformed` */
  readonly send: (event: PeerEvent) => Promise<number>;
  /** @throws GraphError */
  readonly openRelay: () => Promise<RelayOffer>;
  /** Undefined while no pair with this connection of the sharer is open. */
  readonly relayKeys: (sharerConnectionId: string, relayId: string) => Promise<RelayKeys | undefined>;
}

/** What brings a session's picture. */
export interface PictureLine {
  /** The pair with this connection of the sharer is open: events and keys pass from now on. */
  pairOpened(sharerConnectionId: string): void;
  /** Whether the sharer grants the view. */
  mayView(mayView: boolean): void;
  /** An `offer`, `answer` or `candidate` of the sharer's end. */
  hear(event: PeerEvent): void;
  /** Shows this screen instead; null for the whole desktop. */
  choose(screen: number | null): void;
  /** Tries at once, also after a refusal. */
  again(): void;
  /** What a browser can't type is asked of the sharer's end; false where the line has no way to. */
  pressSpecial(keys: 'ctrlAltDel' | 'win'): boolean;
  /** For good. */
  close(): void;
}

/** One stretch of a picture: it ends when its line breaks. */
export interface PictureSource {
  /** Draws into `target`, a positioned element that the caller sizes, until the picture is detached. Once. */
  attach(target: HTMLElement, listener: PictureListener): AttachedPicture;
}

export interface PictureListener {
  /** The first frame is drawn, or the first one of another size, in pixels of the remote screen. */
  shown(width: number, height: number): void;
}

export interface AttachedPicture {
  /** What this kind of picture has no means for is not offered. */
  readonly can: { readonly input: boolean; readonly quality: boolean };
  /** Scaled to the element, or pixel by pixel with scroll bars. */
  scale(how: PictureScale): void;
  /** Whether keys and pointer go to the remote screen; they do not at first. */
  takesInput(does: boolean): void;
  quality(quality: PictureQuality): void;
  /** Presses keys in this order, and lets them go in the opposite one. */
  press(keys: readonly Key[]): void;
  /** Lets go of every key that is held down. */
  letGo(): void;
  focus(): void;
  /** What has come since it was asked last. */
  measure(): PictureMeasure;
  /** In milliseconds, to the sharer's end and back; rejects when the picture is over. */
  roundTrip(): Promise<number>;
  /** The latest frame, apart from what comes after; undefined before the first one. */
  still(): HTMLCanvasElement | undefined;
  detach(): void;
}

export type PictureScale = 'fit' | 'actual';
export type PictureQuality = 'sharp' | 'balanced' | 'lean';

/** A key: its keysym (X11's keysymdef.h), and where it is on the keyboard (UI Events `code`). */
export interface Key {
  readonly keysym: number;
  readonly code: string;
}

export interface PictureMeasure {
  readonly frames: number;
  readonly bytes: number;
}
