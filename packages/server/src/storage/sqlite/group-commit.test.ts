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

/** Inserts, and gives what others saw at that moment: what was committed. */
function insert(text: string): () => number {
  return () => {
    db.prepare('INSERT INTO notes VALUES (?)').run(text);
    return observer.prepare('SELECT count(*) FROM notes').pluck().get() as number;
  };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('group commit', () => {
  it('takes writes of one turn together, and answers when they are committed', async () => {
    const seen = await Promise.all(['a', 'b', 'c'].map((text) => commits.run(insert(text))));
    expect(seen).toEqual([0, 0, 0]);
    expect(observer.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(3);
  });

  it('waits while each turn brings another write', async () => {
    const answers: Promise<number>[] = [];
    for (const text of ['a', 'b', 'c']) {
      answers.push(commits.run(insert(text)));
      await nextTurn();
    }
    expect(await Promise.all(answers)).toEqual([0, 0, 0]);
  });

  it('does not wait without end', async () => {
    let isAnswered = false;
    const first = commits.run(insert('first')).then(() => {
      isAnswered = true;
    });
    let turns = 0;
    const others: Promise<number>[] = [];
    while (!isAnswered) {
      others.push(commits.run(insert(String(turns++))));
      await nextTurn();
    }
    expect(turns).toBeLessThan(15);
    await Promise.all([first, ...others]);
  });

  it('undoes a write that fails, alone', async () => {
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'b', 'c'].map((text) =>
        commits.run(() => {
          insert(`${text}, first`)();
          return insert(text)();
        }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(observer.prepare('SELECT text FROM notes ORDER BY text').pluck().all()).toEqual([
      'a',
      'a, first',
      'b',
      'b, first',
      'c',
      'c, first',
    ]);
  });

  it('commits at once when told to', async () => {
    const answer = commits.run(insert('a'));
    commits.flush();
    expect(observer.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(1);
    await answer;
  });
});
