/**
 * Gathers what is to be written to a socket during one turn of the event loop into one write: a system call costs more
 * than copying some kilobytes.
 */

/** What an outbox writes to. */
export interface Sink {
  readonly writable: boolean;
  readonly writableLength: number;
  write(bytes: Uint8Array): unknown;
  cork(): void;
  uncork(): void;
}

/** Up to here copying into one buffer is cheaper than handing over many (measured with groups of 100 and 1 KiB). */
const COPY_BELOW = 64 * 1_024;

export class Outbox {
  readonly #sink: Sink;
  /** Undefined while there is nothing to write: most connections are idle. */
  #waiting: Buffer[] | undefined;
  #waitingBytes = 0;
  /** False once the sink has taken at once all that it was given: then it need not be asked for each message. */
  #isBehind = false;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Bytes that the client has not taken yet. */
  get backlog(): number {
    return this.#isBehind ? this.#waitingBytes + this.#sink.writableLength : this.#waitingBytes;
  }

  push(bytes: Buffer): void {
    if (this.#waiting === undefined) {
      this.#waiting = [bytes];
      enqueue(this);
    } else {
      this.#waiting.push(bytes);
    }
    this.#waitingBytes += bytes.length;
  }

  /** Writes now what waits; happens by itself at the end of the turn. */
  flush(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const length = this.#waitingBytes;
    this.#waiting = undefined;
    this.#waitingBytes = 0;
    if (!this.#sink.writable) return;
    if (length <= COPY_BELOW) {
      const bytes = joined(waiting, length);
      this.#sink.write(bytes);
      this.#isBehind = this.#sink.writableLength > 0;
      if (this.#isBehind) leave(bytes);
      return;
    }
    this.#writeTogether(waiting);
  }

  /** Writes these at once, uncopied, after what waits. */
  writeThrough(parts: readonly Buffer[]): void {
    this.flush();
    if (this.#sink.writable) this.#writeTogether(parts);
  }

  #writeTogether(parts: readonly Buffer[]): void {
    this.#sink.cork();
    for (const bytes of parts) this.#sink.write(bytes);
    this.#sink.uncork();
    this.#isBehind = this.#sink.writableLength > 0;
  }
}

let turn: Outbox[] = [];

function enqueue(outbox: Outbox): void {
  if (turn.length === 0) setImmediate(flushTurn);
  turn.push(outbox);
}

function flushTurn(): void {
  const outboxes = turn;
  turn = [];
  for (const outbox of outboxes) outbox.flush();
  latest = [];
  latestJoined = EMPTY;
}

const EMPTY = Buffer.alloc(0);
let latest: readonly Buffer[] = [];
let latestJoined: Buffer = EMPTY;

/** Most turns have no more for a connection. */
const SPACE = 16 * 1_024;
/** Joined bytes stand here from `spaceAt` on, each time anew: a sink that has taken them all needs them no more. */
let space = Buffer.allocUnsafeSlow(SPACE);
let spaceAt = 0;

/** One buffer of all. Members of a group mostly get the very same buffers, one after the other: these share it. */
function joined(parts: readonly Buffer[], length: number): Buffer {
  if (parts.length === 1) return parts[0] as Buffer;
  if (isSame(parts, latest)) return latestJoined;
  latest = parts;
  latestJoined = length > SPACE ? Buffer.concat(parts as Buffer[], length) : joinedInSpace(parts, length);
  return latestJoined;
}

function isSame(parts: readonly Buffer[], others: readonly Buffer[]): boolean {
  if (parts.length !== others.length) return false;
  for (let index = 0; index < parts.length; index += 1) if (parts[index] !== others[index]) return false;
  return true;
}

function joinedInSpace(parts: readonly Buffer[], length: number): Buffer {
  if (spaceAt + length > SPACE) {
    space = Buffer.allocUnsafeSlow(SPACE);
    spaceAt = 0;
  }
  let at = spaceAt;
  for (const part of parts) {
    space.set(part, at);
    at += part.length;
  }
  return space.subarray(spaceAt, at);
}

/** A sink has not taken all of these bytes yet. */
function leave(bytes: Buffer): void {
  if (bytes.buffer === space.buffer) spaceAt = bytes.byteOffset + bytes.length;
}
