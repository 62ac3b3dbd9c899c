import { builtInRoles, roleSets } from '@open-remote-help/protocol';
import { MemoryStore } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import { DeviceRights, isAdministrator } from './device-rights.ts';
import { users } from './identity-model.ts';
import { INTUNE_ADMINISTRATOR, TAKE_FULL_CONTROL, VIEW_SCREEN } from './rights.ts';

const [roleDefinitions, roleAssignments] = roleSets;
const TENANT = 'tenant';
const PERSON = { objectId: 'anna', groups: ['helpdesk'], directoryRoles: [], issuer: 'https://issuer.example' };
const isOwn = (issuer: string) => issuer === 'own';
const DEVICE = { id: 'd1', userId: 'sam' };

async function storeWith(assignment: object, tenantId = TENANT): Promise<MemoryStore> {
  const store = new MemoryStore();
  const { id: roleId, ...role } = builtInRoles.find(({ displayName }) => displayName === 'Help Desk Operator') as {
    id: string;
  };
  const values = { resourceScopes: [], scopeMembers: [], scopeType: 'resourceScope', ...assignment };
  await store.transact({
    reads: [],
    decide: () => ({
      writes: [
        { kind: 'insert', set: roleDefinitions, tenantId, id: roleId, values: role },
        {
          kind: 'insert',
          set: roleAssignments,
          tenantId,
          id: 'a1',
          values: { roleDefinitionId: roleId, ...values },
        },
      ],
      value: undefined,
    }),
  });
  return store;
}

describe('DeviceRights', () => {
  // ID-42
  it('finds what a role gives a member on a device in scope', async () => {
    const rights = new DeviceRights(await storeWith({ members: ['HELPDESK'], resourceScopes: ['d1'] }), isOwn);
    const actions = await rights.actionsOn(TENANT, PERSON, DEVICE);
    expect(actions).toContain(VIEW_SCREEN);
    expect(actions).toContain(TAKE_FULL_CONTROL);
  });

  // ID-42
  it.each([
    ['out of scope', { members: ['anna'], resourceScopes: ['d2'] }, TENANT],
    ['for others', { members: ['ben'], scopeType: 'allDevices' }, TENANT],
    ['in another tenant', { members: ['anna'], scopeType: 'allDevices' }, 'elsewhere'],
    ['without a role', { members: ['anna'], scopeType: 'allDevices', roleDefinitionId: null }, TENANT],
  ])('finds nothing %s', async (_where, assignment, tenantId) => {
    const rights = new DeviceRights(await storeWith(assignment, tenantId), isOwn);
    expect((await rights.actionsOn(TENANT, PERSON, DEVICE)).size).toBe(0);
  });

  it('asks each time: what was withdrawn counts no more', async () => {
    const store = await storeWith({ members: ['anna'], scopeType: 'allDevices' });
    const rights = new DeviceRights(store, isOwn);
    expect((await rights.actionsOn(TENANT, PERSON, DEVICE)).size).toBeGreaterThan(0);
    await store.transact({
      reads: [],
      decide: () => ({
        writes: [{ kind: 'delete', set: roleAssignments, tenantId: TENANT, id: 'a1' }],
        value: undefined,
      }),
    });
    expect((await rights.actionsOn(TENANT, PERSON, DEVICE)).size).toBe(0);
  });

  it('gives an administrator everything everywhere', async () => {
    const admin = { ...PERSON, directoryRoles: [INTUNE_ADMINISTRATOR.toUpperCase()] };
    expect(isAdministrator(admin)).toBe(true);
    expect(isAdministrator(PERSON)).toBe(false);
    expect(await new DeviceRights(new MemoryStore(), isOwn).actionsOn(TENANT, admin, DEVICE)).toContain(VIEW_SCREEN);
  });

  // ID-26, SES-11
  it.each([
    ['an enabled account', { isDisabled: false, isAdmin: true }, true],
    ['a disabled one', { isDisabled: true, isAdmin: true }, false],
    ['one that is no admin any more', { isDisabled: false, isAdmin: false }, false],
    ['one that was removed', undefined, false],
  ])('believes the token of a local admin with %s: %s', async (_which, account, isBelieved) => {
    const store = new MemoryStore();
    const insert = { kind: 'insert', set: users, tenantId: TENANT, id: 'anna', values: account ?? {} } as const;
    await store.transact({ reads: [], decide: () => ({ writes: account ? [insert] : [], value: undefined }) });
    const admin = { ...PERSON, directoryRoles: [INTUNE_ADMINISTRATOR] };
    const rights = new DeviceRights(store, isOwn);
    expect((await rights.actionsOn(TENANT, { ...admin, issuer: 'own' }, DEVICE)).has(VIEW_SCREEN)).toBe(isBelieved);
    expect((await rights.actionsOn(TENANT, admin, DEVICE)).has(VIEW_SCREEN)).toBe(true);
  });

  // SES-11
  it('reads each row once for many questions at one moment, and answers as always', async () => {
    const store = await storeWith({ members: ['anna', 'HELPDESK', 'Ben'], resourceScopes: ['d1'] });
    const reads: string[] = [];
    const counting = {
      get: (key: Parameters<typeof store.get>[0]) => {
        reads.push(key.set.name);
        return store.get(key);
      },
      query: (asked: Parameters<typeof store.query>[0]) => {
        reads.push(asked.set.name);
        return store.query(asked);
      },
    };
    const people = ['anna', 'ben', 'nobody'].map((objectId) => ({ ...PERSON, objectId, groups: [] }));
    const questions = people.flatMap((person) => ['d1', 'd2'].map((id) => ({ person, device: { ...DEVICE, id } })));
    const reading = new DeviceRights(counting, isOwn).readOnce();
    const always = new DeviceRights(store, isOwn);
    for (const { person, device } of questions) {
      const answer = await reading.actionsOn(TENANT, person, device);
      expect(answer).toEqual(await always.actionsOn(TENANT, person, device));
    }
    expect(reads).toEqual(['roleAssignments', 'roleDefinitions']);
  });
});
