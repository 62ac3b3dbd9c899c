/** The session that goes on, noted where it outlives this process: who was let in, and what he was granted. */
import { rm } from 'node:fs/promises';
import type { SessionGrants } from '@open-remote-help/protocol/events';
import { readOwnFile, replaceOwnFile } from './device-file.ts';
import { EVERYTHING, type Helper } from './sharer.ts';

export interface RememberedSession {
  readonly sessionKey: string;
  /** Who was let in first. */
  readonly helper: Helper;
  readonly grants: SessionGrants;
  readonly isUnattended: boolean;
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
    const { sessionKey, helper, grants, isUnattended } = Object(JSON.parse(text ?? '')) as RememberedSession;
    if (typeof sessionKey !== 'string' || typeof helper?.userId !== 'string') return undefined;
    const names = Object.keys(EVERYTHING) as (keyof SessionGrants)[];
    const granted = Object.fromEntries(names.map((name) => [name, grants?.[name] === true]));
    return { sessionKey, helper, grants: granted as unknown as SessionGrants, isUnattended: isUnattended === true };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
