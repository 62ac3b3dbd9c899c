/** Roles: Intune's built-in ones are there from the start and stay as they are. */
import { builtInRoles, resourceOperations } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import type { StoredEntity, Values } from '../store/store.ts';
import type { Behaviours } from './behaviours.ts';

function rows(entities: readonly { readonly id: string }[]): { id: string; values: Values }[] {
  return entities.map(({ id, ...values }) => ({ id, values }));
}

function refuseBuiltIn(before: StoredEntity): void {
  if (before.values.isBuiltIn !== true) return;
  throw new DomainError('conflict', 'A built-in role can be neither changed nor deleted. Create a role of your own.', {
    target: 'isBuiltIn',
  });
}

/** Older clients send what the role allows under its older name. */
function withRolePermissions(values: Values): Values {
  const [current, older] = [values.rolePermissions, values.permissions] as [unknown[], unknown[]];
  return current.length === 0 && older.length > 0 ? { ...values, rolePermissions: older } : values;
}

/** Of role definitions, assignments and resource operations. */
export const roleBehaviours: Behaviours = {
  roleDefinitions: {
    initialRows: rows(builtInRoles),
    created: withRolePermissions,
    guard: refuseBuiltIn,
    isGround: true,
  },
  roleAssignments: { isGround: true },
  resourceOperations: { initialRows: rows(resourceOperations) },
};
