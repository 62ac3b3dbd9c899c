/**
 * Who asked, looked and did what, kept on the device: a JSON object a line, on disk before it counts. Chat, digits and
 * session keys are not in it.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { SessionGrants } from '@open-remote-help/protocol/events';
import { type Instant, toIsoText } from './clock.ts';
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
  | { readonly event: 'allowed'; readonly kind: Question['kind']; readonly grants: SessionGrants }
  | {
      readonly event: 'declined';
      readonly kind: Question['kind'];
      readonly how: 'byPerson' | 'reported' | 'bySilence' | 'switchedOff';
    }
  | { readonly event: 'withdrawn'; readonly kind: Question['kind']; readonly why: 'timedOut' | 'byServer' }
  | { readonly event: 'refused'; readonly why: 'unattendedIsOff'; readonly helper: Helper }
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

const OWNER_ALONE = 0o600;
const NEWLINE = 0x0a;
const MOST_BYTES = 1_048_576;
/** Parts beside the latest. */
const KEPT = 4;

export class History {
  readonly #path: string;
  readonly #mostBytes: number;
  #file: number | undefined;
  #bytes = 0;

  /** @param mostBytes of a part; five parts are kept */
  constructor(path: string, mostBytes = MOST_BYTES) {
    this.#path = path;
    this.#mostBytes = mostBytes;
  }

  /** Returns when it is on disk. @throws when it cannot be written */
  add(entry: HistoryEntry, at: Instant, sessionKey?: string): void {
    const session = sessionKey === undefined ? {} : { session: shortOf(sessionKey) };
    const line = Buffer.from(`${JSON.stringify({ at: toIsoText(at), ...session, ...entry })}\n`);
    if (this.#file !== undefined && this.#bytes + line.length > this.#mostBytes) this.#rotate();
    this.#file ??= this.#open();
    for (let written = 0; written < line.length; ) written += writeSync(this.#file, line, written);
    fsyncSync(this.#file);
    this.#bytes += line.length;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    const file = openSync(this.#path, 'a+', OWNER_ALONE);
    this.#bytes = fstatSync(file).size;
    const last = Buffer.alloc(1);
    const isTorn = this.#bytes > 0 && readSync(file, last, 0, 1, this.#bytes - 1) === 1 && last[0] !== NEWLINE;
    // What a crash left half written stays alone on its line.
    if (isTorn) this.#bytes += writeSync(file, '\n');
    return file;
  }

  #rotate(): void {
    this.close();
    rmSync(`${this.#path}.${KEPT}`, { force: true });
    for (let part = KEPT - 1; part >= 0; part--) renameIfThere(partOf(this.#path, part), partOf(this.#path, part + 1));
  }
}

/** Everything that is kept, oldest first, and how many lines could not be read. */
export async function readHistory(path: string): Promise<{ records: HistoryRecord[]; unreadable: number }> {
  const records: HistoryRecord[] = [];
  let unreadable = 0;
  for (let part = KEPT; part >= 0; part--) {
    const text = await readFile(partOf(path, part), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    for (const line of text.split('\n').filter(Boolean)) {
      const record = recordOf(line);
      if (record) records.push(record);
      else unreadable += 1;
    }
  }
  return { records, unreadable };
}

function recordOf(line: string): HistoryRecord | undefined {
  try {
    const read = JSON.parse(line) as HistoryRecord | null;
    return typeof read?.at === 'string' && typeof read.event === 'string' ? read : undefined;
  } catch {
    return undefined;
  }
}

function partOf(path: string, part: number): string {
  return part === 0 ? path : `${path}.${part}`;
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function shortOf(sessionKey: string): string {
  return createHash('sha256').update(sessionKey).digest('hex').slice(0, 12);
}
