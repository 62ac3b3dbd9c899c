/**
 * Reads the rows that a commit's units want, and keeps others from changing them until it ends. Locks are taken in one
 * order by every commit of every node, so that none waits crosswise.
 */
import type { PoolClient } from 'pg';
import type { EntityKey, StoredEntity } from '../../store/store.ts';
import { entityOfRow, type Table, tableOf } from '../sql/columns.ts';
import { rowKey } from '../sql/writes.ts';
import { runPrepared, together } from './connections.ts';
import { StaleRow } from './faults.ts';
import { findIds, lockRows } from './statements.ts';

/** The entity of a key, undefined where there is none. */
type Lookup = (key: EntityKey) => StoredEntity | undefined;

type ByAlternateKey = Extract<EntityKey, { alternateKey: string }>;

/** `[tenant, id]`, or `[tenant, value of an alternate key]`. */
type Pair = readonly [string, string];

/**
 * @param begun the statement that began the transaction, sent and not awaited
 * @throws StaleRow when another commit moved an alternate key at this moment
 */
export async function lockRowsOf(
  client: PoolClient,
  reads: readonly EntityKey[],
  begun: Promise<unknown>,
): Promise<Lookup> {
  const found = await findByAlternateKeys(client, reads, begun);
  const idOf = (key: EntityKey) => ('id' in key ? key.id : found.get(alternateKeyOf(key)));
  const wanted = groupByTable(reads, idOf);
  const locked = wanted.map(([table, pairs]) => runPrepared(client, lockRows(table, keysOf(pairs))));
  await together([begun, ...locked]);
  const entities = new Map<string, StoredEntity>();
  for (const [index, [table]] of wanted.entries()) {
    for (const row of (await locked[index])?.rows ?? []) {
      const tenantId = row.at(-1) as string;
      const entity = entityOfRow(table, tenantId, table.columns, row);
      entities.set(rowKey(table, tenantId, entity.id), entity);
    }
  }
  return (key) => {
    const id = idOf(key);
    const entity = id === undefined ? undefined : entities.get(rowKey(tableOf(key.set), key.tenantId, id));
    if (entity && !('id' in key) && entity.values[key.alternateKey] !== key.value) {
      throw new StaleRow('An alternate key moved to another entity.');
    }
    return entity;
  };
}

/** Ids of the entities that are read by an alternate key, by `alternateKeyOf`. */
async function findByAlternateKeys(
  client: PoolClient,
  reads: readonly EntityKey[],
  begun: Promise<unknown>,
): Promise<Map<string, string>> {
  const searches = new Map<string, { table: Table; name: string; pairs: Pair[] }>();
  for (const key of reads) {
    if ('id' in key) continue;
    const table = tableOf(key.set);
    const search = searches.get(`${table.name}\0${key.alternateKey}`) ?? { table, name: key.alternateKey, pairs: [] };
    searches.set(`${table.name}\0${key.alternateKey}`, search);
    search.pairs.push([key.tenantId, key.value]);
  }
  const found = new Map<string, string>();
  if (searches.size === 0) return found;
  const sent = [...searches.values()].map(async ({ table, name, pairs }) => {
    const { rows } = await runPrepared(client, findIds(table, name, keysOf(pairs)));
    for (const [tenantId, value, id] of rows) found.set([table.name, name, tenantId, value].join('\0'), id as string);
  });
  await together([begun, ...sent]);
  return found;
}

function alternateKeyOf(key: ByAlternateKey): string {
  return [tableOf(key.set).name, key.alternateKey, key.tenantId, key.value].join('\0');
}

/** Each row once, tables in the order of their names. */
function groupByTable(
  reads: readonly EntityKey[],
  idOf: (key: EntityKey) => string | undefined,
): [Table, readonly Pair[]][] {
  const tables = new Map<Table, Map<string, Pair>>();
  for (const key of reads) {
    const id = idOf(key);
    if (id === undefined) continue;
    const table = tableOf(key.set);
    const pairs = tables.get(table) ?? new Map<string, Pair>();
    tables.set(table, pairs);
    pairs.set(rowKey(table, key.tenantId, id), [key.tenantId, id]);
  }
  return [...tables]
    .sort(([a], [b]) => (a.name < b.name ? -1 : 1))
    .map(([table, pairs]) => [table, [...pairs.values()]]);
}

function keysOf(pairs: readonly Pair[]) {
  return { tenants: pairs.map(([tenantId]) => tenantId), values: pairs.map(([, value]) => value) };
}
