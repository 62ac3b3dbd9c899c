/** The product's columns and indexes in PostgreSQL, without the product. */
import { Client } from 'pg';
import { idOf, membersOf, TENANT, valuesOf } from '../records.ts';

const COLUMNS = 'id, version, "sessionKey", "acsHelperUserToken", "pubSubHelperAccessUri", "sessionExpirationDateTime"';

const SCHEMA = `
  CREATE TABLE record (
    tenant text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL, version bigint NOT NULL,
    "sessionKey" text COLLATE "C", "acsHelperUserToken" text COLLATE "C", "pubSubHelperAccessUri" text COLLATE "C",
    "sessionExpirationDateTime" text COLLATE "C", ticks bigint, "offset" bigint,
    PRIMARY KEY (tenant, id));
  CREATE UNIQUE INDEX ON record (tenant, "sessionKey");
  CREATE INDEX ON record (tenant, ticks, id);`;

export const CHANGE = `UPDATE record SET "sessionKey" = $1, "acsHelperUserToken" = $2, "pubSubHelperAccessUri" = $3,
  "sessionExpirationDateTime" = $4, ticks = $5, "offset" = 0, version = version + 1
  WHERE tenant = $6 AND id = $7 RETURNING ${COLUMNS}`;
export const READ = `SELECT ${COLUMNS} FROM record WHERE tenant = $1 AND id = $2`;

const SEEDED_AT_ONCE = 1_000;

/** Makes the table with the records 0 to `records` - 1. */
export async function seedPostgres(url: string, records: number): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(SCHEMA);
  for (let start = 0; start < records; start += SEEDED_AT_ONCE) {
    const rows = Array.from({ length: Math.min(SEEDED_AT_ONCE, records - start) }, (_, offset) => {
      return [idOf(start + offset), ...valuesOf(membersOf(start + offset, 0))];
    });
    const columns = [0, 1, 2, 3, 4, 5].map((column) => rows.map((row) => row[column]));
    await client.query(
      `INSERT INTO record SELECT '${TENANT}', r.id, 1, r.a, r.b, r.c, r.d, r.e, 0
       FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[]) AS r(id, a, b, c, d, e)`,
      columns,
    );
  }
  await client.query('ANALYZE record');
  await client.end();
}
