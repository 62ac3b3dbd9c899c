/** Tenants of the embedded issuer: made when first named, never removed. */

import { randomUUID } from 'node:crypto';
import { isGuid } from '@open-remote-help/protocol';
import { type Clock, toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Store, StoredEntity } from '../store/store.ts';
import { accountAudit } from './account-audit.ts';
import { insertOf, SYSTEM_TENANT, tenant, tenants, type ValuesOf, valuesOf } from './identity-model.ts';

/** An organisation. */
export interface Tenant extends Pick<ValuesOf<typeof tenant>, 'name' | 'displayName' | 'firstAdminId'> {
  /** The `tid` of its tokens. */
  readonly id: string;
}

interface TenantStore {
  readonly store: Store;
  readonly clock: Clock;
}

const DEFAULT_NAME = 'default';
const NAME = /^[a-z0-9]([a-z0-9.-]{0,62}[a-z0-9])?$/;

/** The tenant with this id, if there is one. */
export async function findTenant(store: Store, id: string): Promise<Tenant | undefined> {
  const row = await store.get({ set: tenants, tenantId: SYSTEM_TENANT, id: id.toLowerCase() });
  return row && tenantOf(row);
}

/** The tenant with this GUID or name, if there is one; `default` when neither is given. */
export async function lookUpTenant(store: Store, nameOrId: string = DEFAULT_NAME): Promise<Tenant | undefined> {
  if (isGuid(nameOrId)) return findTenant(store, nameOrId);
  const row = await store.get({
    set: tenants,
    tenantId: SYSTEM_TENANT,
    alternateKey: 'name',
    value: nameOrId.toLowerCase(),
  });
  return row && tenantOf(row);
}

/**
 * The tenant with this GUID or name, made if there is none; `default` when neither is given.
 * @throws DomainError `badRequest` for a name that can be none
 */
export async function openTenant(at: TenantStore, nameOrId: string = DEFAULT_NAME): Promise<Tenant> {
  const known = await lookUpTenant(at.store, nameOrId);
  if (known) return known;
  try {
    return await create(at, nameOrId.toLowerCase());
  } catch (error) {
    const winner = isConflict(error) ? await lookUpTenant(at.store, nameOrId) : undefined;
    if (winner) return winner;
    throw error;
  }
}

async function create({ store, clock }: TenantStore, name: string): Promise<Tenant> {
  if (!NAME.test(name) || name === SYSTEM_TENANT) {
    throw new DomainError('badRequest', 'A tenant is named by a GUID, or by letters, digits, dots and hyphens.', {
      target: 'tenant',
    });
  }
  const now = clock.now();
  const id = isGuid(name) ? name : randomUUID();
  const values: ValuesOf<typeof tenant> = {
    name,
    displayName: name === DEFAULT_NAME ? 'Open Remote Help' : name,
    firstAdminId: randomUUID(),
    createdDateTime: toIsoText(now),
  };
  const record = accountAudit({
    tenantId: id,
    now,
    operationType: 'Create',
    activityType: 'createTenant',
    activity: 'Create tenant',
    set: tenants,
    id,
    displayName: name,
    changes: values,
  });
  const insert = insertOf(tenants, SYSTEM_TENANT, id, values);
  await store.transact({ reads: [], decide: () => ({ writes: [insert, record], value: undefined }) });
  return { id, name, displayName: values.displayName, firstAdminId: values.firstAdminId };
}

function tenantOf(row: StoredEntity): Tenant {
  const { name, displayName, firstAdminId } = valuesOf(tenant, row);
  return { id: row.id, name, displayName, firstAdminId };
}

/** Whether a unit failed because a unique value was taken meanwhile. */
export function isConflict(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'conflict';
}
