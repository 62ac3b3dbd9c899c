import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';

let folder: string;
let db: Database.Database;
let observer: Database.Database;
let commits: GroupCommit;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'remote-help-commit-'));
  db = new Database(join(folder, 'data.sqlite'));
  db.pragma('journal_mode = WAL');
  db.exec('CREATE TABLE notes (text TEXT UNIQUE)');
  observer = new Database(join(folder, 'data.sqlite'), { readonly: true });
  commits = new GroupCommit(db);
});
afterEach(() => {
  observer.close();
  db.close();
  rmSync(folder, { recursive: true });
});

/** Has notes written, and gives how many others saw before that: what was committed. */
function write(...texts: string[]): Promise<number> {
  return commits.run(
    () => ({ writes: texts, value: observer.prepare('SELECT count(*) FROM notes').pluck().get() as number }),
    insert,
  );
}

function insert(text: string): void {
  db.prepare('INSERT INTO notes VALUES (?)').run(text);
}

const committed = () => observer.prepare('SELECT text FROM notes ORDER BY text').pluck().all();
const statuses = (outcomes: readonly PromiseSettledResult<unknown>[]) => outcomes.map(({ status }) => status);

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('takes writes of one turn together, and answers when they are committed', async () => {
    const seen = await Promise.all(['a', 'b', 'c'].map((text) => write(text)));
    expect(seen).toEqual([0, 0, 0]);
    expect(observer.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(3);
  });

  it('waits while each turn brings another write', async () => {
    const answers: Promise<number>[] = [];
    for (const text of ['a', 'b', 'c']) {
      answers.push(write(text));
      await nextTurn();
    }
    expect(await Promise.all(answers)).toEqual([0, 0, 0]);
  });

  it('does not wait without end', async () => {
    let isAnswered = false;
    const first = write('first').then(() => {
      isAnswered = true;
    });
    let turns = 0;
    const others: Promise<number>[] = [];
    while (!isAnswered) {
      others.push(write(String(turns++)));
      await nextTurn();
    }
    expect(turns).toBeLessThan(15);
    await Promise.all([first, ...others]);
  });

  it('undoes a write that fails, alone', async () => {
    const outcomes = await Promise.allSettled(['a', 'b', 'b', 'c'].map((text) => write(`${text}, first`, text)));
    expect(statuses(outcomes)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(committed()).toEqual(['a', 'a, first', 'b', 'b, first', 'c', 'c, first']);
  });

  it('undoes what was written before the write that fails', async () => {
    const outcomes = await Promise.allSettled([write('a'), write('b', 'a'), write('b')]);
    expect(statuses(outcomes)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(committed()).toEqual(['a', 'b']);
  });

  it('decides anew, over what was there before, only where a unit fails after its first write', async () => {
    const decided: unknown[][] = [];
    const next = (text: string) => () => {
      const there = db.prepare('SELECT text FROM notes').pluck().all();
      decided.push(there);
      return { writes: [text], value: there.length };
    };
    const refused = () => {
      throw new Error('refused');
    };
    await Promise.allSettled([commits.run(next('a'), insert), write('a'), commits.run(refused, insert)]);
    expect(decided).toEqual([[]]);
    const [answer] = await Promise.allSettled([commits.run(next('b'), insert), write('c', 'a')]);
    expect(decided).toEqual([[], ['a'], ['a']]);
    expect(answer).toEqual({ status: 'fulfilled', value: 1 });
    expect(committed()).toEqual(['a', 'b']);
  });

  it('commits at once when told to', async () => {
    const answer = write('a');
    commits.flush();
    expect(observer.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(1);
    await answer;
  });
});
