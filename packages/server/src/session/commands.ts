/** What can be asked of a session, and what a transition answers. */
import type { Instant } from '../clock.ts';
import type { ErrorCode } from '../errors.ts';
import type { Effect } from './effects.ts';
import type { PromptLog } from './prompt-limits.ts';
import type { ConnectionId, Grants, PartyName, Session, SessionSettings } from './session.ts';
import type { Actor } from './who-may.ts';

/** Commands of people, applications and the device. */
export type ActorCommand = { readonly actor: Actor } & (
  | { readonly kind: 'retrieve' /** Used when the helper is new to the session. */; readonly identity: string }
  | {
      readonly kind: 'requestAccess';
      readonly connectionId: ConnectionId;
      /** Whether the gateway says that the connection is open by the caller's own URI of this session. */
      readonly isOwn: boolean;
      /** For the prompt, if one is needed. */
      readonly promptId: string;
    }
  | { readonly kind: 'requestRights'; readonly wants: Grants; readonly promptId: string }
  | { readonly kind: 'extend' }
  | {
      readonly kind: 'moveLease';
      /** A DateTimeOffset, kept as it is; the engine floors it to milliseconds. */
      readonly text: string;
    }
  | { readonly kind: 'end' }
  | { readonly kind: 'join' }
  | { readonly kind: 'accept' /** Absent: the first question. */; readonly promptId?: string; readonly grants: Grants }
  | { readonly kind: 'decline'; readonly promptId?: string; readonly isReported?: boolean }
  | { readonly kind: 'narrow'; readonly grants: Grants }
  | {
      readonly kind: 'openRelay';
      readonly connectionId: ConnectionId;
      readonly relayId: string;
      /** How long this connection has to wait for its next relay; 0: not at all. */
      readonly waitMs: number;
    }
  | {
      readonly kind: 'joinRelay' /** Whether the relay that the device names waits for it. */;
      readonly isWaiting: boolean;
    }
);

/** What the server itself brings: presence, and what tenants change. */
export type ServerCommand =
  | {
      readonly kind: 'connectionOpened';
      readonly connectionId: ConnectionId;
      readonly party: PartyName;
      readonly nodeId: string;
      /** Whether it is in the session's group: a connection that came back was admitted before. */
      readonly isMember?: boolean;
    }
  | { readonly kind: 'connectionLost'; readonly connectionId: ConnectionId }
  | { readonly kind: 'revoke'; readonly why: 'settings' | 'device' | 'rights' }
  | { readonly kind: 'removeHelper'; readonly objectId: string }
  | { readonly kind: 'blockChat'; readonly isBlocked: boolean }
  /** What is due happens, and nothing else. */
  | { readonly kind: 'wake' };

export type Command = ActorCommand | ServerCommand;

export interface Circumstances {
  readonly now: Instant;
  readonly settings: SessionSettings;
  readonly prompts: PromptLog;
}

/** A refusal as data; the engine throws it once the attempt is on record. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly target?: string;
  readonly retryAfterSeconds?: number;
}

/** Something for the audit log. */
export interface Deed {
  /** As a constant: `extendRemoteHelpSession`. */
  readonly activityType: string;
  /** Whether the server did it by itself, as when a deadline comes. */
  readonly isServers: boolean;
  /** Names and new values, none secret. */
  readonly details: Readonly<Record<string, string>>;
}

/** What comes of a command. A command that is refused may still find that something else was due. */
export interface Step {
  /** The same object where nothing changed; undefined when it is forgotten. */
  readonly session: Session | undefined;
  readonly effects: readonly Effect[];
  readonly deeds: readonly Deed[];
  readonly prompts: PromptLog;
  readonly refusal?: Refusal;
}
