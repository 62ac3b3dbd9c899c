/** Intune's built-in roles under the ids they have in every tenant, with what they allow in remote help. */
import type { Of } from '../edm/schema.ts';
import type { ResourceActionName } from './resource-operations.ts';
import type { deviceAndAppManagementRoleDefinition } from './roles.ts';

/** Without these three nobody can start a session, whatever else a role allows. */
const OFFER_HELP: readonly ResourceActionName[] = [
  'Microsoft.Intune_RemoteTasks_RequestRemoteAssistance',
  'Microsoft.Intune_RemoteAssistance_Read',
  'Microsoft.Intune_Organization_Read',
];

const HELP_PRESENT_USER: readonly ResourceActionName[] = [
  ...OFFER_HELP,
  'Microsoft.Intune_RemoteAssistanceApp_ViewScreen',
  'Microsoft.Intune_RemoteAssistanceApp_TakeFullControl',
  'Microsoft.Intune_RemoteAssistanceApp_Elevation',
];

function builtIn(
  id: string,
  displayName: string,
  description: string,
  allowedResourceActions: readonly ResourceActionName[],
): Of<typeof deviceAndAppManagementRoleDefinition> {
  const rolePermissions = [
    { actions: [], resourceActions: [{ allowedResourceActions, notAllowedResourceActions: [] }] },
  ];
  return {
    id,
    displayName,
    description,
    permissions: rolePermissions,
    rolePermissions,
    isBuiltInRoleDefinition: true,
    isBuiltIn: true,
    roleScopeTagIds: [],
  };
}

/** Rows of `deviceManagement/roleDefinitions` that exist in every tenant and can be neither changed nor deleted. */
export const builtInRoles: readonly Of<typeof deviceAndAppManagementRoleDefinition>[] = [
  builtIn(
    '9e0cc482-82df-4ab2-a24c-0c23a3f52e1e',
    'Help Desk Operator',
    'Helps users and devices: attended and unattended sessions, with reports about them.',
    [
      ...HELP_PRESENT_USER,
      'Microsoft.Intune_RemoteAssistanceApp_Unattended',
      'Microsoft.Intune_RemoteAssistance_ViewReports',
    ],
  ),
  builtIn(
    '2f9f4f7e-2d13-427b-adf2-361a1eef7ae8',
    'School Administrator',
    'Helps users while they are present.',
    HELP_PRESENT_USER,
  ),
  builtIn(
    '0bd113fe-6be5-400c-a28f-ae5553f9c0be',
    'Policy and Profile manager',
    'Manages policies and profiles; takes no part in remote help.',
    ['Microsoft.Intune_Organization_Read'],
  ),
  builtIn(
    'c1d9fcbb-cba5-40b0-bf6b-527006585f4b',
    'Application Manager',
    'Manages applications; takes no part in remote help.',
    ['Microsoft.Intune_Organization_Read'],
  ),
  builtIn(
    'c56d53a2-73d0-4502-b6bd-4a9d3dba28d5',
    'Endpoint Security Manager',
    'Watches over the security of devices; reads the settings of remote help.',
    ['Microsoft.Intune_RemoteAssistance_Read', 'Microsoft.Intune_Organization_Read'],
  ),
  builtIn(
    'fa1d7878-e8cb-41a1-8254-0142355c9f84',
    'Read Only Operator',
    'Reads the settings of remote help and the reports about it.',
    [
      'Microsoft.Intune_RemoteAssistance_Read',
      'Microsoft.Intune_RemoteAssistance_ViewReports',
      'Microsoft.Intune_Organization_Read',
    ],
  ),
];
