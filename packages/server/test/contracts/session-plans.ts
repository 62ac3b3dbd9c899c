/** What the engine looks for is found by an index, however many sessions there are. */
import { expect, it } from 'vitest';
import { SYSTEM_TENANT } from '../../src/access/identity-model.ts';
import { before, equals, oldestFirst, since } from '../../src/session/queries.ts';
import { liveSessions, sessionEffects } from '../../src/session/session-model.ts';
import type { Dialect } from '../../src/storage/sql/dialect.ts';
import { pageStatement } from '../../src/storage/sql/queries.ts';
import type { Query } from '../../src/store/store.ts';
import type { Place } from './store-contract.ts';

const NOW = 1_800_000_000_000;

const QUERIES: readonly [string, Omit<Query, 'tenantId' | 'top'>, string][] = [
  ['the nearest deadlines', deadlines(), 'liveSessions.nextDeadlineDateTime'],
  ['what changed lately', changed(), 'liveSessions.changedDateTime'],
  ['effects left behind', leftBehind(), 'sessionEffects.createdDateTime'],
  ['live sessions of a tenant', ofTenant(), 'liveSessions.tenantId'],
];

function deadlines() {
  return { set: liveSessions, orderBy: oldestFirst(liveSessions, 'nextDeadlineDateTime') };
}

function changed() {
  const orderBy = oldestFirst(liveSessions, 'changedDateTime');
  return { set: liveSessions, filter: since(liveSessions, 'changedDateTime', NOW), orderBy };
}

function leftBehind() {
  const orderBy = oldestFirst(sessionEffects, 'createdDateTime');
  return { set: sessionEffects, filter: before(sessionEffects, 'createdDateTime', NOW), orderBy };
}

function ofTenant() {
  return { set: liveSessions, filter: equals(liveSessions, 'tenantId', 'a tenant') };
}

/** @param explain what stands before a statement to have its plan */
export function describePlans(place: () => Place, dialect: Dialect, explain: string): void {
  // SES-9
  it.each(QUERIES)('finds %s by an index', async (_, query, index) => {
    await place().sql?.('ANALYZE');
    const { text, values } = pageStatement({ ...query, tenantId: SYSTEM_TENANT, top: 200 }, dialect);
    const plan = (await place().sql?.(`${explain} ${inline(text, values)}`)) ?? [];
    const lines = plan.map((row) => row.join(' ')).join('\n');
    expect(lines).toContain(index);
    expect(lines).not.toMatch(/Seq Scan|\bSCAN\b|Sort|TEMP B-TREE/);
  });
}

/** The statement with its values in it. */
function inline(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(/\$(\d+)|\?/g, (_, number: string | undefined) => {
    const value = values[number === undefined ? next++ : Number(number) - 1];
    return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
  });
}
