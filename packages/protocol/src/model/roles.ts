/** Role definitions and assignments: who may do what, on which devices and for whom. */
import {
  boolean,
  complexCollection,
  complexType,
  entitySet,
  entityType,
  enumOf,
  enumType,
  string,
  stringCollection,
} from '../edm/schema.ts';
import { RBAC } from './permissions.ts';

export const resourceAction = complexType(
  'resourceAction',
  {
    allowedResourceActions: stringCollection({ doc: 'What is allowed.' }),
    notAllowedResourceActions: stringCollection({ doc: 'What is taken away again.' }),
  },
  { doc: 'A set of allowed and withheld actions.' },
);

export const rolePermission = complexType(
  'rolePermission',
  {
    actions: stringCollection({ doc: 'An older list of allowed actions; kept, not evaluated.' }),
    resourceActions: complexCollection(resourceAction, { doc: 'The actions that the role allows.' }),
  },
  { doc: 'What a role allows.' },
);

export const deviceAndAppManagementRoleDefinition = entityType(
  'deviceAndAppManagementRoleDefinition',
  {
    displayName: string({ isNullable: true, isIndexed: true, maxLength: 256, doc: 'The name of the role.' }),
    description: string({ isNullable: true, doc: 'What the role is for.' }),
    permissions: complexCollection(rolePermission, { doc: 'An older name of rolePermissions; kept, not evaluated.' }),
    rolePermissions: complexCollection(rolePermission, { doc: 'What the role allows.' }),
    isBuiltInRoleDefinition: boolean({ defaultValue: false, isComputed: true, doc: 'Whether the role is built in.' }),
    isBuiltIn: boolean({ defaultValue: false, isComputed: true, doc: 'Whether the role is built in.' }),
    roleScopeTagIds: stringCollection({ doc: 'The scope tags that the role carries.' }),
  },
  { baseType: 'roleDefinition', doc: 'A role: a named set of permissions.' },
);

export const roleAssignmentScopeType = enumType(
  'roleAssignmentScopeType',
  ['resourceScope', 'allDevices', 'allLicensedUsers', 'allDevicesAndLicensedUsers', 'unknownFutureValue'],
  { doc: 'What a role assignment reaches.' },
);

export const deviceAndAppManagementRoleAssignment = entityType(
  'deviceAndAppManagementRoleAssignment',
  {
    displayName: string({ isNullable: true, maxLength: 128, doc: 'The name of the assignment.' }),
    description: string({ isNullable: true, maxLength: 1024, doc: 'What the assignment is for.' }),
    members: stringCollection({ doc: 'Object ids of users, or of groups, that receive the role.' }),
    scopeType: enumOf(roleAssignmentScopeType, {
      defaultValue: 'resourceScope',
      doc: 'Whether the assignment reaches the groups named in resourceScopes, or all.',
    }),
    resourceScopes: stringCollection({ doc: 'Object ids of the users or groups that the assignment reaches.' }),
    scopeMembers: stringCollection({ doc: 'The same ids by an older name.' }),
    roleScopeTagIds: stringCollection({ doc: 'The scope tags that the assignment carries.' }),
    roleDefinitionId: string({
      isNullable: true,
      isIndexed: true,
      maxLength: 64,
      isSearchable: false,
      doc: 'The id of the role; also set with roleDefinition@odata.bind. Without one the assignment grants nothing.',
    }),
  },
  {
    baseType: 'roleAssignment',
    references: { roleDefinition: { property: 'roleDefinitionId', set: 'roleDefinitions' } },
    doc: 'Gives a role to members, for the people and devices in its scope.',
  },
);

export const resourceOperation = entityType(
  'resourceOperation',
  {
    resource: string({ isNullable: true, doc: 'The category that the operation belongs to.' }),
    resourceName: string({ isNullable: true, doc: 'What the operation is performed on.' }),
    actionName: string({ isNullable: true, doc: 'The kind of action.' }),
    description: string({ isNullable: true, doc: 'What the operation lets people do.' }),
    enabledForScopeValidation: boolean({
      defaultValue: false,
      doc: 'Whether the scope of the role assignment limits it.',
    }),
  },
  { doc: 'An operation that a role can allow; its id is what allowedResourceActions lists.' },
);

export const roleSets = [
  entitySet('roleDefinitions', deviceAndAppManagementRoleDefinition, {
    path: 'deviceManagement/roleDefinitions',
    permissions: RBAC,
  }),
  entitySet('roleAssignments', deviceAndAppManagementRoleAssignment, {
    path: 'deviceManagement/roleAssignments',
    permissions: RBAC,
  }),
  entitySet('resourceOperations', resourceOperation, {
    path: 'deviceManagement/resourceOperations',
    verbs: ['list', 'get'],
    permissions: { read: RBAC.read, write: [] },
  }),
] as const;
