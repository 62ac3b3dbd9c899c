/** Who a requester is to sessions: the actor that a verified token stands for, with his rights on a device. */
import { actorOf } from '../access/audit-record.ts';
import type { Caller } from '../access/caller.ts';
import { isAdministrator } from '../access/device-rights.ts';
import { mayHelp, type ScopedDevice, TAKE_FULL_CONTROL, UNATTENDED, VIEW_SCREEN } from '../access/rights.ts';
import type { StoredEntity } from '../store/store.ts';
import type { Person, SessionType } from './session.ts';
import type { Actor } from './who-may.ts';

/** The rights that role assignments whose scope holds the device give a person. */
export interface HelperRights {
  actionsOn(tenantId: string, person: Person, device: ScopedDevice): Promise<ReadonlySet<string>>;
  /** For many questions at one moment: what one of them needed is not read again for the next. */
  readOnce(): Pick<HelperRights, 'actionsOn'>;
}

/** What scopes may name of a managed device; of one that is not known its id alone. */
export function scopedDevice(id: string, row: StoredEntity | undefined): ScopedDevice {
  const { azureADDeviceId = null, userId = null } = (row?.values ?? {}) as Partial<ScopedDevice>;
  return { id, azureADDeviceId, userId };
}

const ACTION_OF: Readonly<Record<SessionType, string>> = {
  viewScreen: VIEW_SCREEN,
  takeFullControl: TAKE_FULL_CONTROL,
  unattended: UNATTENDED,
};

/** Whether these actions allow a session of this type. */
export function allowsType(actions: ReadonlySet<string>, type: SessionType): boolean {
  return mayHelp(actions) && actions.has(ACTION_OF[type]);
}

/** The person behind a delegated token, by its verified claims. */
export function personOf(caller: Caller): Person {
  return {
    objectId: caller.objectId,
    displayName: caller.name ?? null,
    userPrincipalName: caller.userPrincipalName ?? null,
    organization: caller.organization,
    groups: caller.groups,
    directoryRoles: caller.directoryRoles,
    issuer: caller.issuer,
  };
}

/** @param isAllowed whether the rights of the person on the device reach the session's type */
export function actorOfCaller(person: Person, caller: Caller, ipAddress: string | null, isAllowed: boolean): Actor {
  const audit = actorOf(caller, ipAddress);
  if (caller.kind === 'application') return { kind: 'application', audit };
  // Who holds all rights by his token lacks them only where his account is gone.
  return { kind: 'person', person, mayHelp: isAllowed, isAdmin: isAllowed && isAdministrator(caller), audit };
}
