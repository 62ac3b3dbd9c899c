import { expect, it } from 'vitest';
import { promptLogs, sessionEffects } from '../../session/session-model.ts';
import type { Write } from '../../store/store.ts';
import { checkWrites } from './writes.ts';

const MANY = 100;

/** Deletions of other rows in two sets and two tenants, whose ids are the same. */
function apart(count: number): Write[] {
  const places = [sessionEffects, promptLogs].flatMap((set) => ['a', 'b'].map((tenantId) => ({ set, tenantId })));
  return Array.from({ length: count / places.length }, (_, index) => `id ${index}`).flatMap((id) =>
    places.map((place): Write => ({ kind: 'delete', ...place, id })),
  );
}

it.each([4, MANY])('takes %i writes of rows that differ in set, tenant or id', (count) => {
  expect(() => checkWrites(apart(count), [])).not.toThrow();
});

it.each([4, MANY])('refuses a row that is written twice among %i', (count) => {
  const writes = apart(count);
  for (const [index, write] of writes.entries()) {
    const twice = writes.with((index + count / 2) % count, write);
    expect(() => checkWrites(twice, [])).toThrow('A unit writes each row once.');
  }
});
