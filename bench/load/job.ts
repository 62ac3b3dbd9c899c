/** What the load is told to do, and what it says of it. Both travel between processes as JSON. */

/** How a server wants to be addressed. */
export interface Address {
  readonly port: number;
  /** What stands before and after a record's id: `/beta/Set/` and ``, or `/odata/Set('` and `')`. */
  readonly path: readonly [before: string, after: string];
  /** Bearer tokens, dealt out to the connections in turn; none where nobody asks. */
  readonly tokens: readonly string[];
}

export interface Job {
  readonly verb: 'GET' | 'PATCH';
  readonly address: Address;
  readonly connections: number;
  /** Records that the server holds; each request picks one at random. */
  readonly records: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Other numbers pick other records. */
  readonly seed: number;
}

/** One round of load. */
export interface Round {
  /** Right answers, those of the warm-up included. */
  readonly answers: number;
  /** Right answers a second, the warm-up left out. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Share of time in which the load itself was busy, 0 to 1: near 1 it, not the server, was the limit. */
  readonly busy: number;
}
