/** The rows of `deviceManagement/resourceOperations`: every action that this service asks a role for. */
import type { Of } from '../edm/schema.ts';
import type { resourceOperation } from './roles.ts';

type Row = readonly [resource: string, action: string, resourceName: string, actionName: string, description: string];

const ROWS = [
  ['RemoteAssistanceApp', 'ViewScreen', 'Remote Help app', 'View screen', "See the sharer's screen."],
  [
    'RemoteAssistanceApp',
    'TakeFullControl',
    'Remote Help app',
    'Take full control',
    "See and control the sharer's screen. Includes View screen.",
  ],
  [
    'RemoteAssistanceApp',
    'Elevation',
    'Remote Help app',
    'Elevation',
    'Control with elevated privileges. Includes Take full control.',
  ],
  [
    'RemoteAssistanceApp',
    'Unattended',
    'Remote Help app',
    'Unattended control',
    'Control a device at which nobody sits. Includes Elevation.',
  ],
  [
    'RemoteTasks',
    'RequestRemoteAssistance',
    'Remote tasks',
    'Offer remote assistance',
    'Offer help to the user of a device.',
  ],
  ['RemoteAssistance', 'Read', 'Remote Assistance Connector', 'Read', 'Read partners and settings of remote help.'],
  ['RemoteAssistance', 'Update', 'Remote Assistance Connector', 'Update', 'Change partners and settings.'],
  [
    'RemoteAssistance',
    'ViewReports',
    'Remote Assistance Connector',
    'View reports',
    'Read the reports about remote help sessions.',
  ],
  ['Organization', 'Read', 'Organization', 'Read', 'Read the properties of the organization.'],
] as const satisfies readonly Row[];

type ActionOf<R> = R extends readonly [infer Resource extends string, infer Action extends string, ...unknown[]]
  ? `Microsoft.Intune_${Resource}_${Action}`
  : never;

/** What `allowedResourceActions` lists, for the actions this service knows. Roles may list others; they have no effect. */
export type ResourceActionName = ActionOf<(typeof ROWS)[number]>;

/** What a helper does on somebody's device is held to the assignment's scope; what concerns the tenant is not. */
const SCOPED: ReadonlySet<string> = new Set(['RemoteAssistanceApp', 'RemoteTasks']);

export const resourceOperations: readonly Of<typeof resourceOperation>[] = ROWS.map(
  ([resource, action, resourceName, actionName, description]) => ({
    id: `Microsoft.Intune_${resource}_${action}`,
    resource,
    resourceName,
    actionName,
    description,
    enabledForScopeValidation: SCOPED.has(resource),
  }),
);
