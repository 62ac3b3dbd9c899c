/** Pages and counts: those that cost little are read at once, the others in a reading thread. */
import type Database from 'better-sqlite3';
import type { Clock } from '../../clock.ts';
import type { Query } from '../../store/store.ts';
import { isSoonDecided } from '../sql/cost.ts';
import { type Fragment, raw } from '../sql/fragment.ts';
import { countJob, pageJob, type Scope } from './list-job.ts';
import { QuickLists } from './quick-lists.ts';
import { perform, type ReadJob } from './read-job.ts';
import { GOES_ON } from './reading-messages.ts';
import { ReadingThreads } from './reading-threads.ts';
import { StatementCache } from './statement-cache.ts';
import { mayRead } from './write-ahead-log.ts';

export interface ListOptions {
  readonly clock: Clock;
  /** How long one page or count may take, in milliseconds. */
  readonly limitMs: number;
  /** Has every page and count read in a thread, also those that cost little. */
  readonly isAllCostly?: boolean;
}

/** What reads that cost much are left to. */
type CostlyReads = Pick<ReadingThreads, 'run' | 'close'>;

/** To be asked costs as much as to compare: rows that are soon decided ask by turns. */
const EACH_ASKS = raw(`${GOES_ON}()`);
const SOME_ASK = raw(`(rowid & 31 OR ${GOES_ON}())`);

export class ListReader {
  readonly #quick: QuickLists | undefined;
  readonly #costly: CostlyReads;

  constructor(db: Database.Database, { clock, limitMs, isAllCostly = false }: ListOptions) {
    const statements = new StatementCache(db);
    this.#quick = isAllCostly ? undefined : new QuickLists(statements);
    this.#costly = db.memory
      ? readsOnTheSpot(db, statements)
      : new ReadingThreads(db.name, { clock, limitMs, mayBegin: (isAlone) => mayRead(db, isAlone) });
  }

  /** Rows of a page, one more than it holds where more follow, laid out as `pageStatement` selects. */
  async page(query: Query): Promise<unknown[][]> {
    return this.#quick?.page(query) ?? this.#costly.run(query.tenantId, pageJob(query, asking(query)));
  }

  async count(scope: Scope): Promise<number> {
    const rows = this.#quick?.count(scope) ?? (await this.#costly.run(scope.tenantId, countJob(scope, asking(scope))));
    return Number(rows[0]?.[0]);
  }

  /** Gives up what is being read in threads, and ends these. */
  close(): Promise<void> {
    return this.#costly.close();
  }
}

function asking(query: Pick<Query, 'filter' | 'orderBy'>): Fragment {
  return isSoonDecided(query) ? SOME_ASK : EACH_ASKS;
}

/** No other connection sees a database in memory, which tests alone use. */
function readsOnTheSpot(db: Database.Database, statements: StatementCache): CostlyReads {
  db.function(GOES_ON, () => 1);
  return {
    run: async (_tenantId: string, job: ReadJob) => perform(job, statements),
    close: async () => undefined,
  };
}
