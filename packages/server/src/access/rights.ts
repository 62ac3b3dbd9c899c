/** Intune's own rights: what role definitions and assignments allow a person, beyond the token's permissions. */

const REMOTE_HELP = 'Microsoft.Intune_RemoteAssistanceApp_';

/** To see the screen of a device. */
export const VIEW_SCREEN = `${REMOTE_HELP}ViewScreen`;
/** To control a device. */
export const TAKE_FULL_CONTROL = `${REMOTE_HELP}TakeFullControl`;
/** To control with elevated privileges. */
export const ELEVATION = `${REMOTE_HELP}Elevation`;
/** To control a device at which nobody sits. */
export const UNATTENDED = `${REMOTE_HELP}Unattended`;
/** To offer help to the user of a device. */
export const OFFER_REMOTE_ASSISTANCE = 'Microsoft.Intune_RemoteTasks_RequestRemoteAssistance';
/** To read partners and settings. */
export const READ_CONNECTOR = 'Microsoft.Intune_RemoteAssistance_Read';

/** Template id of Entra's directory role Intune Administrator: all rights on all devices. */
export const INTUNE_ADMINISTRATOR = '3a2c62db-5318-420d-8d74-23affee5d9d5';

/** Each implies all before it, even where those are denied by name. */
const CHAIN = [VIEW_SCREEN, TAKE_FULL_CONTROL, ELEVATION, UNATTENDED] as const;

/** Whose rights: the `oid` and `groups` of the token. */
export interface Subject {
  readonly objectId: string;
  readonly groups: readonly string[];
}

/** What matters of a `roleDefinition`. */
export interface RoleDefinitionFacts {
  readonly id: string;
  readonly rolePermissions: readonly {
    readonly resourceActions: readonly {
      readonly allowedResourceActions: readonly string[];
      readonly notAllowedResourceActions: readonly string[];
    }[];
  }[];
}

/** What matters of a `roleAssignment`. */
export interface RoleAssignmentFacts {
  readonly roleDefinitionId: string;
  /** Object ids of users or groups. */
  readonly members: readonly string[];
}

/** The assignments that name the person or one of the person's groups. */
export function assignmentsOf<A extends RoleAssignmentFacts>(subject: Subject, assignments: readonly A[]): A[] {
  const ids = new Set([subject.objectId, ...subject.groups].map((id) => id.toLowerCase()));
  return assignments.filter(({ members }) => members.some((member) => ids.has(member.toLowerCase())));
}

/**
 * The resource actions that assignments allow a person: the union over the roles, each less what it denies, and what
 * these imply. Give only the assignments whose scope holds the device in question, or all to ask what may be anywhere.
 */
export function allowedActions(
  subject: Subject,
  assignments: readonly RoleAssignmentFacts[],
  definitions: readonly RoleDefinitionFacts[],
): ReadonlySet<string> {
  const byId = new Map(definitions.map((definition) => [definition.id.toLowerCase(), definition]));
  const actions = new Set<string>();
  for (const { roleDefinitionId } of assignmentsOf(subject, assignments)) {
    const blocks = byId.get(roleDefinitionId.toLowerCase())?.rolePermissions ?? [];
    for (const { resourceActions } of blocks) {
      for (const { allowedResourceActions, notAllowedResourceActions } of resourceActions) {
        const denied = new Set(notAllowedResourceActions);
        for (const action of allowedResourceActions) if (!denied.has(action)) actions.add(action);
      }
    }
  }
  return withImplied(actions);
}

function withImplied(actions: Set<string>): ReadonlySet<string> {
  const greatest = CHAIN.findLastIndex((action) => actions.has(action));
  for (const action of CHAIN.slice(0, greatest + 1)) actions.add(action);
  return actions;
}

/** Whether someone with these actions may help at all: offer assistance, read the connector, and one way to help. */
export function mayHelp(actions: ReadonlySet<string>): boolean {
  return actions.has(OFFER_REMOTE_ASSISTANCE) && actions.has(READ_CONNECTOR) && actions.has(VIEW_SCREEN);
}

/** What matters of a device for the scope of an assignment: ids, never names. */
export interface ScopedDevice {
  /** The id of the managedDevice. */
  readonly id: string;
  /** Its id in the directory, where that is known. */
  readonly azureADDeviceId?: string | null;
  /** Object id of the person who uses it. */
  readonly userId: string | null;
}

/** What matters of a `roleAssignment`'s scope. */
export interface ScopeFacts {
  readonly scopeType: string;
  readonly resourceScopes: readonly string[];
  readonly scopeMembers: readonly string[];
}

/**
 * Whether an assignment reaches a device: all devices, those of all people, or those that it names by their own id, their
 * id in the directory or their user's. Groups as scopes reach nobody: who is in them is not known here.
 */
export function reaches({ scopeType, resourceScopes, scopeMembers }: ScopeFacts, device: ScopedDevice): boolean {
  switch (scopeType) {
    case 'allDevices':
    case 'allDevicesAndLicensedUsers':
      return true;
    case 'allLicensedUsers':
      return device.userId !== null && device.userId !== '';
    default: {
      const named = new Set([...resourceScopes, ...scopeMembers].map((id) => id.toLowerCase()));
      return [device.id, device.azureADDeviceId, device.userId].some((id) => id && named.has(id.toLowerCase()));
    }
  }
}

/**
 * The members of `allowedRemoteAssistanceActions` that someone with these actions may use. `elevation` is none of them
 * until a device offers it.
 */
export function helpingTypes(
  actions: ReadonlySet<string>,
): readonly ('viewScreen' | 'takeFullControl' | 'unattended')[] {
  if (!mayHelp(actions)) return [];
  const types = [
    ['viewScreen', VIEW_SCREEN],
    ['takeFullControl', TAKE_FULL_CONTROL],
    ['unattended', UNATTENDED],
  ] as const;
  return types.flatMap(([type, action]) => (actions.has(action) ? [type] : []));
}
