/** What a person may do on one device: the role assignments whose scope holds it, as the tenant has them now. */
import { roleSets } from '@open-remote-help/protocol';
import { type Clock, elapsedMs, type Instant } from '../clock.ts';
import type { Cursor, Store, StoredEntity } from '../store/store.ts';
import { user, users, valuesOf } from './identity-model.ts';
import {
  allowedActions,
  ELEVATION,
  INTUNE_ADMINISTRATOR,
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  type RoleAssignmentFacts,
  type RoleDefinitionFacts,
  type Subject,
  TAKE_FULL_CONTROL,
  UNATTENDED,
  VIEW_SCREEN,
} from './rights.ts';

const EVERYTHING: ReadonlySet<string> = new Set([
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  VIEW_SCREEN,
  TAKE_FULL_CONTROL,
  ELEVATION,
  UNATTENDED,
]);
const NOTHING: ReadonlySet<string> = new Set();

/** Role changes count within this time on every node. */
const FRESH_MS = 500;
const PAGE = 500;
const [definitionSet, assignmentSet] = roleSets;

interface Assignment extends RoleAssignmentFacts {
  readonly scopeType: string;
  /** Object ids, in lower case. */
  readonly scopes: ReadonlySet<string>;
}

interface Roles {
  readonly loadedAt: Instant;
  readonly assignments: readonly Assignment[];
  readonly definitions: readonly RoleDefinitionFacts[];
}

/** What a scope may name of a device: its id, or the object id of its primary user. */
export interface ScopedDevice {
  readonly id: string;
  readonly userId: string | null;
}

/** Whether an assignment's scope holds a device. Who is in a group is known of callers alone, not of devices' users. */
export function scopeHolds(
  { scopeType, scopes }: Pick<Assignment, 'scopeType' | 'scopes'>,
  device: ScopedDevice,
): boolean {
  switch (scopeType) {
    case 'allDevices':
    case 'allDevicesAndLicensedUsers':
      return true;
    case 'allLicensedUsers':
      return hasUser(device);
    case 'resourceScope':
      return scopes.has(device.id.toLowerCase()) || (hasUser(device) && scopes.has(device.userId.toLowerCase()));
    default:
      return false;
  }
}

function hasUser(device: ScopedDevice): device is ScopedDevice & { readonly userId: string } {
  return device.userId !== null && device.userId !== '';
}

export class DeviceRights {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #roles = new Map<string, Promise<Roles>>();

  constructor({ store, clock }: { readonly store: Store; readonly clock: Clock }) {
    this.#store = store;
    this.#clock = clock;
  }

  /** The resource actions that a person may take on a device. An account of ours that is disabled has none. */
  async actionsOn(
    tenantId: string,
    person: Subject & { readonly directoryRoles: readonly string[] },
    device: ScopedDevice,
  ): Promise<ReadonlySet<string>> {
    const account = await this.#store.get({ set: users, tenantId, id: person.objectId });
    if (account && valuesOf(user, account).isDisabled) return NOTHING;
    if (person.directoryRoles.includes(INTUNE_ADMINISTRATOR)) return EVERYTHING;
    const { assignments, definitions } = await this.#rolesOf(tenantId);
    const inScope = assignments.filter((assignment) => scopeHolds(assignment, device));
    return allowedActions(person, inScope, definitions);
  }

  async #rolesOf(tenantId: string): Promise<Roles> {
    const known = await this.#roles.get(tenantId);
    const now = this.#clock.now();
    if (known && elapsedMs(known.loadedAt, now) < FRESH_MS) return known;
    const loading = this.#load(tenantId, now);
    this.#roles.set(tenantId, loading);
    // What could not be loaded is no state of roles.
    loading.catch(() => this.#roles.delete(tenantId));
    return loading;
  }

  async #load(tenantId: string, loadedAt: Instant): Promise<Roles> {
    const [assignments, definitions] = await Promise.all([
      this.#all(tenantId, assignmentSet),
      this.#all(tenantId, definitionSet),
    ]);
    return { loadedAt, assignments: assignments.map(assignmentOf), definitions: definitions.map(definitionOf) };
  }

  async #all(tenantId: string, set: (typeof roleSets)[number]): Promise<StoredEntity[]> {
    const all: StoredEntity[] = [];
    let after: Cursor | undefined;
    do {
      const page = await this.#store.query({ set, tenantId, top: PAGE, ...(after ? { after } : {}) });
      all.push(...page.entities);
      after = page.next;
    } while (after);
    return all;
  }
}

function assignmentOf({ values }: StoredEntity): Assignment {
  const scopes = [...(values.resourceScopes as string[]), ...(values.scopeMembers as string[])];
  return {
    roleDefinitionId: (values.roleDefinitionId as string | null) ?? '',
    members: values.members as string[],
    scopeType: values.scopeType as string,
    scopes: new Set(scopes.map((id) => id.toLowerCase())),
  };
}

function definitionOf({ id, values }: StoredEntity): RoleDefinitionFacts {
  return { id, rolePermissions: values.rolePermissions as RoleDefinitionFacts['rolePermissions'] };
}
