/** The servers of the comparison on PostgreSQL, whose processes share the load's core. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { startPostgres } from '../packages/testkit/src/postgres.ts';
import type { BenchConfig } from './config.ts';
import { seedPostgres } from './servers/bare-postgres-table.ts';
import { environmentOf, mintTokens, seed, startProduct } from './servers/product.ts';
import { launch, type Server } from './servers/server.ts';

/** Servers on one PostgreSQL, and how it is ended once they are closed. */
export interface OnPostgres {
  readonly servers: readonly Server[];
  stop(): Promise<void>;
}

export async function startOnPostgres(folder: string, own: string, config: BenchConfig): Promise<OnPostgres> {
  const postgres = await startPostgres();
  const bareUrl = await postgres.createDatabase();
  await seedPostgres(bareUrl, config.records);
  const script = join(import.meta.dirname, 'servers/bare-postgres.ts');
  const bare = await launch({
    name: 'bare pg',
    folder,
    command: (port) => [process.execPath, script, String(port), bareUrl],
    path: ['/', ''],
  });
  const environment = environmentOf(join(folder, 'postgres'), {
    REMOTE_HELP_DATABASE_URL: await postgres.createDatabase(),
    REMOTE_HELP_MASTER_KEY: randomBytes(32).toString('base64'),
  });
  const tokens = mintTokens(environment, 1);
  await seed(environment, tokens[0] as string, { extensions: config.records, devices: 0 });
  const ours = await startProduct(own, folder, environment, tokens);
  return { servers: [bare, ours], stop: () => postgres.stop() };
}
