/** Roles and assignments as the API has them, and as the forms hold them. */
import type {
  deviceAndAppManagementRoleAssignment,
  deviceAndAppManagementRoleDefinition,
  Of,
  resourceOperation,
} from '@open-remote-help/protocol';

export const ROLES = 'deviceManagement/roleDefinitions';
export const ASSIGNMENTS = 'deviceManagement/roleAssignments';
export const OPERATIONS = 'deviceManagement/resourceOperations';

/** A role. */
export type Role = Of<typeof deviceAndAppManagementRoleDefinition> & { readonly id: string };
/** Who has a role, and for whom. */
export type Assignment = Of<typeof deviceAndAppManagementRoleAssignment> & { readonly id: string };
/** Something that a role can allow. */
export type ResourceOperation = Of<typeof resourceOperation> & { readonly id: string };

/** Scopes that the form offers; `resourceScope` names ids. */
export const SCOPE_TYPES = ['allDevices', 'allLicensedUsers', 'allDevicesAndLicensedUsers', 'resourceScope'] as const;

/** What a role allows, what it takes away again left out. */
export function allowedBy({ rolePermissions }: Pick<Role, 'rolePermissions'>): readonly string[] {
  const actions = rolePermissions.flatMap(({ resourceActions }) => resourceActions);
  const withheld = new Set(actions.flatMap(({ notAllowedResourceActions }) => notAllowedResourceActions));
  return [...new Set(actions.flatMap(({ allowedResourceActions }) => allowedResourceActions))].filter(
    (action) => !withheld.has(action),
  );
}

/** What the form of a role holds. */
export interface RoleWishes {
  readonly displayName: string;
  readonly description: string;
  readonly actions: readonly string[];
}

/** The body of the request. */
export function roleRequest({ displayName, description, actions }: RoleWishes): Partial<Role> {
  return {
    displayName: displayName.trim(),
    description: description.trim(),
    rolePermissions: [
      { actions: [], resourceActions: [{ allowedResourceActions: actions, notAllowedResourceActions: [] }] },
    ],
  };
}

/** What the form of an assignment holds; ids as typed, one a line. */
export interface AssignmentWishes {
  readonly displayName: string;
  readonly roleDefinitionId: string;
  readonly members: string;
  readonly scopeType: string;
  readonly resourceScopes: string;
}

/** The body of the request. */
export function assignmentRequest(wishes: AssignmentWishes): Partial<Assignment> {
  const scopeType = wishes.scopeType as Assignment['scopeType'];
  return {
    displayName: wishes.displayName.trim(),
    roleDefinitionId: wishes.roleDefinitionId,
    members: idsIn(wishes.members),
    scopeType,
    resourceScopes: scopeType === 'resourceScope' ? idsIn(wishes.resourceScopes) : [],
  };
}

/** Ids however they are parted: by lines, commas, blanks; each once. */
export function idsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((id) => id !== ''))];
}
