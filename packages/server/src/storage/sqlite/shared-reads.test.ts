import Database from 'better-sqlite3';
import { beforeEach, describe, expect, it } from 'vitest';
import { SharedReads } from './shared-reads.ts';

let db: Database.Database;
let reads: SharedReads;

beforeEach(() => {
  db = new Database(':memory:');
  reads = new SharedReads(db);
});

const isInTransaction = () => db.inTransaction;

describe('reads of one turn', () => {
  it('share a transaction, which is over when they are answered', async () => {
    const answers = await Promise.all([reads.run(isInTransaction), reads.run(isInTransaction)]);
    expect(answers).toEqual([true, true]);
    expect(db.inTransaction).toBe(false);
  });

  it('are answered when no transaction can begin', async () => {
    db.exec('BEGIN');
    expect(await Promise.all([reads.run(() => 1), reads.run(() => 2)])).toEqual([1, 2]);
    db.exec('ROLLBACK');
  });

  it('need none when there is but one', async () => {
    expect(await reads.run(isInTransaction)).toBe(false);
  });

  it('fail alone, the others are answered', async () => {
    const outcomes = await Promise.allSettled([
      reads.run(() => 1),
      reads.run(() => db.prepare('SELECT * FROM nothing').all()),
      reads.run(() => 3),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(db.inTransaction).toBe(false);
  });

  it('go on when a fault has ended their transaction', async () => {
    const endTransaction = () => db.exec('ROLLBACK');
    const answers = await Promise.all([reads.run(endTransaction), reads.run(() => 'read')]);
    expect(answers[1]).toBe('read');
  });

  it('are performed at once by flush', async () => {
    const isRead: string[] = [];
    const answer = reads.run(() => isRead.push('read'));
    expect(isRead).toEqual([]);
    reads.flush();
    expect(isRead).toEqual(['read']);
    await answer;
  });
});
