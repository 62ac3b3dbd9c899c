/** What commands on accounts, applications and keys share: the data, and the tenant they are about. */
import { lookUpTenant, type Tenant } from '../access/tenants.ts';
import { systemClock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { type Data, openData } from '../data.ts';
import { DomainError } from '../errors.ts';
import { type Arguments, type Option, textOf } from './command.ts';

/** Opened data, and the clock to use it with. */
export interface Identity extends Data {
  readonly clock: typeof systemClock;
}

/** Opens the data of the settings, closes it whatever happens. Works beside a running server. */
export async function withData<T>(run: (identity: Identity) => Promise<T>): Promise<T> {
  const data = await openData(readConfig());
  try {
    return await run({ ...data, clock: systemClock });
  } finally {
    await data.store.close();
  }
}

/** The option that says which tenant a command is about. */
export const TENANT_OPTION: Readonly<Record<'tenant', Option>> = {
  tenant: { value: 'NAME', doc: 'Name or id of the tenant; the default one when left out.' },
};

/** The tenant that `--tenant` names. @throws DomainError notFound */
export async function tenantOf({ store }: Identity, args: Arguments): Promise<Tenant> {
  const name = textOf(args, 'tenant');
  const tenant = await lookUpTenant(store, name);
  if (tenant) return tenant;
  const way = 'Start the service once, or mint a token: `remote-help token --tenant NAME …` makes the tenant.';
  throw new DomainError('notFound', `There is no tenant ${name ?? 'yet'}. ${way}`);
}

/** Rows in columns of equal width. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, index) => Math.max(...all.map((row) => row[index]?.length ?? 0)));
  return all.map((row) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
