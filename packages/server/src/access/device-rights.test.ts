import { roleSets } from '@open-remote-help/protocol';
import { memoryIdentity } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import { DeviceRights, scopeHolds } from './device-rights.ts';
import { users } from './identity-model.ts';
import { INTUNE_ADMINISTRATOR, TAKE_FULL_CONTROL, VIEW_SCREEN } from './rights.ts';

const TENANT = 'a tenant';
const device = { id: 'Device-1', userId: 'Owner' };
const helper = { objectId: 'helper', groups: ['g1'], directoryRoles: [] };
const [definitions, assignments] = roleSets;

async function rig() {
  const { store, clock, keyRing } = await memoryIdentity();
  store.sealer = keyRing;
  const rolePermissions = [
    { actions: [], resourceActions: [{ allowedResourceActions: [VIEW_SCREEN], notAllowedResourceActions: [] }] },
  ];
  const role = { displayName: 'r', description: null, permissions: [], rolePermissions, roleScopeTagIds: [] };
  const flags = { isBuiltInRoleDefinition: false, isBuiltIn: false };
  const insert = (set: typeof definitions | typeof assignments | typeof users, id: string, values: object) =>
    store.transact({
      reads: [],
      decide: () => ({
        writes: [{ kind: 'insert', set, tenantId: TENANT, id, values: { ...values } }],
        value: undefined,
      }),
    });
  await insert(definitions, 'role', { ...role, ...flags });
  const assign = (id: string, members: string[], scopeType: string, resourceScopes: string[] = []) =>
    insert(assignments, id, {
      displayName: id,
      description: null,
      members,
      scopeType,
      resourceScopes,
      scopeMembers: [],
      roleScopeTagIds: [],
      roleDefinitionId: 'role',
    });
  return { rights: new DeviceRights({ store, clock }), clock, assign, insert };
}

describe('a scope', () => {
  it.each([
    ['allDevices', [], true],
    ['allDevicesAndLicensedUsers', [], true],
    ['allLicensedUsers', [], true],
    ['resourceScope', ['device-1'], true],
    ['resourceScope', ['owner'], true],
    ['resourceScope', ['another'], false],
    ['resourceScope', [], false],
    ['unknownFutureValue', ['device-1'], false],
  ])('%s %s holds the device: %s', (scopeType, scopes, holds) => {
    expect(scopeHolds({ scopeType, scopes: new Set(scopes) }, device)).toBe(holds);
  });

  it('of no name does not hold a device without a user', () => {
    expect(scopeHolds({ scopeType: 'resourceScope', scopes: new Set(['']) }, { id: 'd', userId: null })).toBe(false);
    expect(scopeHolds({ scopeType: 'allLicensedUsers', scopes: new Set() }, { id: 'd', userId: null })).toBe(false);
  });
});

describe('rights on a device', () => {
  it('come from assignments whose scope holds it, to the person or a group of his', async () => {
    const { rights, assign } = await rig();
    await assign('elsewhere', ['helper'], 'resourceScope', ['device-2']);
    expect(await rights.actionsOn(TENANT, helper, device)).toEqual(new Set());
    const there = await rights.actionsOn(TENANT, helper, { id: 'device-2', userId: null });
    expect(there).toEqual(new Set([VIEW_SCREEN]));
  });

  it('count within half a second after they change', async () => {
    const { rights, assign, clock } = await rig();
    expect(await rights.actionsOn(TENANT, helper, device)).toEqual(new Set());
    await assign('all', ['g1'], 'allDevices');
    clock.advanceBy(500);
    expect(await rights.actionsOn(TENANT, helper, device)).toEqual(new Set([VIEW_SCREEN]));
  });

  it('are all of them for an Intune administrator, and none for a disabled account', async () => {
    const { rights, insert } = await rig();
    const admin = { ...helper, directoryRoles: [INTUNE_ADMINISTRATOR] };
    expect(await rights.actionsOn(TENANT, admin, device)).toContain(TAKE_FULL_CONTROL);
    await insert(users, 'helper', {
      userPrincipalName: 'h',
      displayName: 'h',
      mail: null,
      passwordHash: '',
      mustChangePassword: false,
      isAdmin: true,
      isDisabled: true,
      allowedScopes: [],
      createdDateTime: '2026-01-01T00:00:00Z',
    });
    expect(await rights.actionsOn(TENANT, admin, device)).toEqual(new Set());
  });
});
