import { auditEvents } from '@open-remote-help/protocol';
import { memoryIdentity } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import { findTenant, lookUpTenant, openTenant } from './tenants.ts';

const GUID = '11111111-1111-4111-8111-111111111111';

describe('openTenant', () => {
  // ID-21
  it('makes the default tenant once, with a random id, even when two servers ask at once', async () => {
    const at = await memoryIdentity();
    const opened = await Promise.all([openTenant(at), openTenant(at), openTenant(at, 'DEFAULT')]);
    expect(new Set(opened.map(({ id }) => id)).size).toBe(1);
    expect(opened[0]).toMatchObject({ name: 'default', id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    expect(await lookUpTenant(at.store)).toEqual(opened[0]);
    const { entities } = await at.store.query({ set: auditEvents, tenantId: opened[0]?.id ?? '', top: 10 });
    expect(entities.map(({ values }) => values.activityType)).toEqual(['createTenant']);
  });

  it('takes a GUID as the id of a new tenant', async () => {
    const at = await memoryIdentity();
    expect((await openTenant(at, GUID.toUpperCase())).id).toBe(GUID);
    expect((await findTenant(at.store, GUID.toUpperCase()))?.id).toBe(GUID);
  });

  it('keeps names apart', async () => {
    const at = await memoryIdentity();
    const [one, two] = [await openTenant(at, 'contoso.com'), await openTenant(at, 'fabrikam')];
    expect(one.id).not.toBe(two.id);
    expect(await lookUpTenant(at.store, 'Contoso.com')).toEqual(one);
    expect(await lookUpTenant(at.store, 'nobody')).toBeUndefined();
  });

  it.each(['', ' ', 'a b', '-a', 'a/b', 'x'.repeat(65), '00000000-0000-0000-0000-000000000000'])(
    'refuses %j',
    async (name) => {
      await expect(openTenant(await memoryIdentity(), name)).rejects.toMatchObject({ code: 'badRequest' });
    },
  );
});
