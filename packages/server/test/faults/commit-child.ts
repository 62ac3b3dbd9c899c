/**
 * Commits one thing after the other, each acknowledged before the next: `file count [unsafe]`. With `unsafe` the
 * database is told not to sync, as no product code does, so that the test that counts syncs can be seen to fail.
 */

import { openDatabase } from '../../src/storage/sqlite/database.ts';
import { SqliteStore } from '../../src/storage/sqlite/sqlite-store.ts';
import { contractSets, Tenant, writing } from '../contracts/contract-sets.ts';

const [file = '', count = '0', mode] = process.argv.slice(2);
const db = openDatabase(file, contractSets);
if (mode === 'unsafe') db.pragma('synchronous = OFF');
const store = new SqliteStore(db, { seal: (text) => Buffer.from(text), open: () => '' });
const tenant = new Tenant();
for (let index = 0; index < Number(count); index++) await store.transact(writing(tenant.insert(String(index))));
process.stdout.write(String(await store.count(tenant.all())));
await store.close();
