/** What the load of relays is asked to do, and what it says of it. */
import type { ServedRound } from '../throughput.ts';

export type ServerName = 'bare' | 'ours' | 'websockify';
export type Direction = 'toHelper' | 'toSharer';

interface Served {
  readonly server: ServerName;
  readonly port: number;
  readonly pid: number;
  /** Where websockify finds the sharer's end. */
  readonly tcpPort: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** As much as goes through in one direction. */
export interface StreamJob extends Served {
  readonly kind: 'stream';
  readonly direction: Direction;
  readonly pairs: number;
}

/** Pictures at a steady pace, from many sharers to their helpers. */
export interface PicturesJob extends Served {
  readonly kind: 'pictures';
  readonly sessions: number;
  readonly perSecond: number;
  readonly bytes: number;
}

export type ScreenRelayJob = StreamJob | PicturesJob;

/** `rate` is megabytes for each second of CPU time of the server, or pictures a second. */
export interface ScreenRelayRound extends ServedRound {
  readonly p95Ms: number;
}
