/** What the load of live connections is told to do, and what it says of it; both travel between processes as JSON. */
import type { ServedRound } from '../throughput.ts';
import type { DialectName } from './dialects.ts';

interface Served {
  readonly dialect: DialectName;
  readonly port: number;
  /** The server's process. */
  readonly pid: number;
}

/** Messages of 1 KiB to groups: as many under way as the window says, each checked at every member. */
export interface RelayJob extends Served {
  readonly kind: 'relay';
  readonly groups: number;
  /** In each group. */
  readonly senders: number;
  readonly receivers: number;
  /** Whether senders are members, too: of a pair one sends and one receives. */
  readonly areSendersMembers: boolean;
  /** Messages of one sender that have not reached every receiver yet. */
  readonly window: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Connections that are opened, a few at a time, and then stay silent. */
export interface IdleJob extends Served {
  readonly kind: 'idle';
  readonly connections: number;
}

/** One client comes back to what it missed, over and over. */
export interface RecoveryJob extends Served {
  readonly kind: 'recovery';
  readonly messages: number;
  readonly repeats: number;
}

/** create → retrieve → extend → end, each on a device of its own. */
export interface SessionsJob {
  readonly kind: 'sessions';
  readonly port: number;
  readonly pid: number;
  readonly tokens: readonly string[];
  readonly connections: number;
  /** The first device that was not asked yet, and how many there are from there on. */
  readonly firstDevice: number;
  readonly devices: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export type LiveJob = RelayJob | IdleJob | RecoveryJob | SessionsJob;

export interface IdleRound extends ServedRound {
  /** Resident memory of the server for each connection. */
  readonly bytesEach: number;
}
