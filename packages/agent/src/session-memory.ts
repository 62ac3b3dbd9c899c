/** The session that goes on, noted where it outlives this process: who was let in, and what he was granted. */
import { rm } from 'node:fs/promises';
import type { SessionGrants } from '@open-remote-help/protocol/events';
import type { Instant } from './clock.ts';
import { readOwnFile, replaceOwnFile } from './device-file.ts';
import { EVERYTHING, type Helper } from './sharer.ts';

export interface RememberedSession {
  readonly sessionKey: string;
  /** Who was let in; the first began it. */
  readonly helpers: readonly [Helper, ...Helper[]];
  readonly grants: SessionGrants;
  readonly isUnattended: boolean;
  readonly beganAt: Instant;
  /** How long it may last on this device from then on. */
  readonly longestMs: number;
}

export interface SessionMemory {
  read(): Promise<RememberedSession | undefined>;
  /** undefined: there is none any more. */
  write(session: RememberedSession | undefined): Promise<void>;
}

/** In a file of its owner's alone, beside the device's key; whoever could write there could as well take the key. */
export function sessionFile(path: string): SessionMemory {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async read() {
      return readSession(await readOwnFile(path));
    },
    write(session) {
      const written = last.then(() =>
        session ? replaceOwnFile(path, JSON.stringify(session)) : rm(path, { force: true }),
      );
      last = written.catch(() => undefined);
      return written;
    },
  };
}

/** What cannot be read was not granted. */
function readSession(text: string | undefined): RememberedSession | undefined {
  try {
    const read = Object(JSON.parse(text ?? '')) as RememberedSession;
    const { sessionKey, helpers, grants, beganAt, longestMs } = read;
    if (typeof sessionKey !== 'string' || !isHelpers(helpers)) return undefined;
    if (!Number.isFinite(beganAt) || !Number.isFinite(longestMs)) return undefined;
    const names = Object.keys(EVERYTHING) as (keyof SessionGrants)[];
    const granted = Object.fromEntries(names.map((name) => [name, grants?.[name] === true]));
    return {
      ...{ sessionKey, helpers, beganAt, longestMs, isUnattended: read.isUnattended === true },
      grants: granted as unknown as SessionGrants,
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isHelpers(read: unknown): read is RememberedSession['helpers'] {
  return Array.isArray(read) && read.length > 0 && read.every((helper) => typeof helper?.userId === 'string');
}
