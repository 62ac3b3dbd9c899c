/** Words that control events, peer events and their users share. */
import { eachGrant } from './grants.ts';
import { boolean, object } from './shape.ts';

/** The version of control events, peer events and frames that this package speaks. */
export const EVENT_VERSION = 1;

/** What a helper asks for: one member of Graph's `allowedRemoteAssistanceActions`. */
export const SESSION_TYPES = ['viewScreen', 'takeFullControl', 'elevation', 'unattended'] as const;

export const END_REASONS = [
  'declined',
  'timedOut',
  'cancelled',
  'expired',
  'endedByHelper',
  'endedBySharer',
  'endedByAdmin',
  'helperLeft',
  'sharerLeft',
  'revoked',
  'failed',
] as const;

/** Most characters of what a person is shown. */
export const LINE_LENGTHS = { name: 256, mail: 320, organization: 256, reason: 500, ticket: 100 } as const;

export const grantsShape = object(eachGrant(() => boolean));

/** An event or frame of a name or version that this package does not know: skip it, and count it. */
export interface UnknownEvent {
  readonly event: 'unknown';
  readonly name: string;
}

/** Which way a frame or a peer event goes. */
export type Direction = 'toSharer' | 'toHelper';

export const DIRECTIONS: readonly Direction[] = ['toSharer', 'toHelper'];

/** What shares one key and one order in a direction. */
export const STREAMS = ['chat', 'pointer', 'signalling', 'clipboard', 'rights'] as const;
export type Stream = (typeof STREAMS)[number];
