/**
 * Who asked, looked and did what, kept on the device: a JSON object a line, on disk before it counts. Chat, digits and
 * session keys are not in it. What was not allowed lies apart from what was: of that a server can send any amount.
 */
import { createHash } from 'node:crypto';
import type { SessionGrants } from '@open-remote-help/protocol/events';
import type { AgentFiles } from './agent-files.ts';
import { type Instant, toIsoText } from './clock.ts';
import { RotatingLog, readLines } from './rotating-log.ts';
import type { Helper, Question } from './sharer.ts';

export type HistoryEntry =
  | {
      readonly event: 'asked';
      readonly kind: Question['kind'];
      readonly helper: Helper;
      readonly helperSays: Question['helperSays'];
      readonly wants: SessionGrants;
      readonly isUnattended: boolean;
    }
  | {
      readonly event: 'allowed';
      readonly kind: Question['kind'];
      readonly helper: Helper;
      readonly helperSays: Question['helperSays'];
      readonly grants: SessionGrants;
    }
  | {
      readonly event: 'declined';
      readonly kind: Question['kind'];
      readonly how: 'byPerson' | 'reported' | 'bySilence' | 'switchedOff';
    }
  | { readonly event: 'withdrawn'; readonly kind: Question['kind']; readonly why: 'timedOut' | 'byServer' }
  | { readonly event: 'refused'; readonly why: 'unattendedIsOff' | 'askedTooOften'; readonly helper: Helper }
  /** So many more of each event, which were not kept one by one: of a session, or of an hour. */
  | { readonly event: 'gathered'; readonly counts: Readonly<Record<string, number>> }
  | { readonly event: 'began'; readonly helper: Helper; readonly grants: SessionGrants }
  | { readonly event: 'grants'; readonly grants: SessionGrants }
  | { readonly event: 'came' | 'left' | 'looked' | 'lookedAway'; readonly name: string }
  | { readonly event: 'failed'; readonly what: string }
  | { readonly event: 'ended'; readonly reason: string };

export type HistoryRecord = HistoryEntry & {
  /** RFC 3339, UTC. */
  readonly at: string;
  /** The same for all that belongs to one session; its key cannot be told from it. */
  readonly session?: string;
};

/** What anybody can bring about who is not let in. */
const UNINVITED: ReadonlySet<string> = new Set(['asked', 'declined', 'withdrawn', 'refused', 'failed']);

export function isUninvited(entry: HistoryEntry): boolean {
  if (entry.event === 'gathered') return Object.keys(entry.counts).every((event) => UNINVITED.has(event));
  return UNINVITED.has(entry.event);
}

type HistoryFiles = Pick<AgentFiles, 'log' | 'requests'>;

export class History {
  readonly #sessions: RotatingLog;
  readonly #requests: RotatingLog;

  /** @param mostBytes of a part; of each file five parts are kept */
  constructor({ log, requests }: HistoryFiles, mostBytes?: number) {
    this.#sessions = new RotatingLog(log, mostBytes);
    this.#requests = new RotatingLog(requests, mostBytes);
  }

  /** Returns when it is on disk. @throws when it cannot be written */
  add(entry: HistoryEntry, at: Instant, sessionKey?: string): void {
    const session = sessionKey === undefined ? {} : { session: shortOf(sessionKey) };
    const log = isUninvited(entry) ? this.#requests : this.#sessions;
    log.add(JSON.stringify({ at: toIsoText(at), ...session, ...entry }));
  }

  close(): void {
    this.#sessions.close();
    this.#requests.close();
  }
}

/** Everything that is kept, oldest first, and how many lines could not be read. */
export async function readHistory(files: HistoryFiles): Promise<{ records: HistoryRecord[]; unreadable: number }> {
  const [requests, sessions] = await Promise.all([readLines(files.requests), readLines(files.log)]);
  const read = [...requests, ...sessions].map(recordOf);
  const records = read.filter((record) => record !== undefined);
  // Stable: of one instant, who asked comes before what was allowed.
  records.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
  return { records, unreadable: read.length - records.length };
}

function recordOf(line: string): HistoryRecord | undefined {
  try {
    const read = JSON.parse(line) as HistoryRecord | null;
    return typeof read?.at === 'string' && typeof read.event === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}

function shortOf(sessionKey: string): string {
  return createHash('sha256').update(sessionKey).digest('hex').slice(0, 12);
}
