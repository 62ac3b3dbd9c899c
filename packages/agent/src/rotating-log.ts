/** Lines in a file of its owner's, each on disk before it counts, in parts of which the oldest go first. */
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';

const OWNER_ALONE = 0o600;
const NEWLINE = 0x0a;
const MOST_BYTES = 1_048_576;
/** Parts beside the latest. */
const KEPT = 4;

export class RotatingLog {
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
  add(text: string): void {
    const line = Buffer.from(`${text}\n`);
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
    fchmodSync(file, OWNER_ALONE);
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

/** The lines of all parts, oldest first. */
export async function readLines(path: string): Promise<string[]> {
  const lines: string[] = [];
  for (let part = KEPT; part >= 0; part--) {
    const text = await readFile(partOf(path, part), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    lines.push(...text.split('\n').filter(Boolean));
  }
  return lines;
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
