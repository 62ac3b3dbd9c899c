/** Who may help on which device: the store's roles and assignments, asked afresh each time, so that a withdrawal counts at once. */
import { type EntitySet, roleSets } from '@open-remote-help/protocol';
import type { Store, StoredEntity } from '../store/store.ts';
import { user, users, valuesOf } from './identity-model.ts';
import {
  allowedActions,
  ELEVATION,
  INTUNE_ADMINISTRATOR,
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  type RoleAssignmentFacts,
  type RoleDefinitionFacts,
  reaches,
  type ScopedDevice,
  type ScopeFacts,
  type Subject,
  TAKE_FULL_CONTROL,
  UNATTENDED,
  VIEW_SCREEN,
} from './rights.ts';

const [roleDefinitions, roleAssignments] = roleSets;

const ALL_ACTIONS: ReadonlySet<string> = new Set([
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  VIEW_SCREEN,
  TAKE_FULL_CONTROL,
  ELEVATION,
  UNATTENDED,
]);

const NO_ACTIONS: ReadonlySet<string> = new Set();

/** A person with the directory roles of the token. */
export interface RoleHolder extends Subject {
  readonly directoryRoles: readonly string[];
  /** Of the token. */
  readonly issuer: string;
}

/** Whether the person holds all rights on all devices. */
export function isAdministrator({ directoryRoles }: Pick<RoleHolder, 'directoryRoles'>): boolean {
  return directoryRoles.some((role) => role.toLowerCase() === INTUNE_ADMINISTRATOR);
}

const PAGE = 500;

type Reader = Pick<Store, 'get' | 'query'>;

/** Roles and assignments as the store has them. */
export class DeviceRights {
  readonly #store: Reader;
  readonly #isOwnIssuer: (issuer: string) => boolean;

  /** @param isOwnIssuer whether tokens of this issuer are those of local accounts, which the store knows */
  constructor(store: Reader, isOwnIssuer: (issuer: string) => boolean) {
    this.#store = store;
    this.#isOwnIssuer = isOwnIssuer;
  }

  /**
   * The resource actions that a person has on a device, by roles and their scopes; none for a local account that was
   * disabled or removed, whatever its token says.
   * @throws DomainError `unavailable` when the store can't be read
   */
  actionsOn(tenantId: string, person: RoleHolder, device: ScopedDevice): Promise<ReadonlySet<string>> {
    return this.readOnce().actionsOn(tenantId, person, device);
  }

  /** For many questions at one moment: what one of them needed is not read again for the next. */
  readOnce(): Pick<DeviceRights, 'actionsOn'> {
    return new Reading(this.#store, this.#isOwnIssuer);
  }
}

type Assignment = RoleAssignmentFacts & ScopeFacts;

/** The rights of a moment: each row is read when it is first needed, and once. */
class Reading {
  readonly #store: Reader;
  readonly #isOwnIssuer: (issuer: string) => boolean;
  /** By tenant, those that name a member, whose id is in lower case. */
  readonly #assignments = new Map<string, Promise<ReadonlyMap<string, readonly Assignment[]>>>();
  readonly #rows = new Map<string, Promise<StoredEntity | undefined>>();

  constructor(store: Reader, isOwnIssuer: (issuer: string) => boolean) {
    this.#store = store;
    this.#isOwnIssuer = isOwnIssuer;
  }

  async actionsOn(tenantId: string, person: RoleHolder, device: ScopedDevice): Promise<ReadonlySet<string>> {
    const isLocal = this.#isOwnIssuer(person.issuer);
    const row = isLocal ? await this.#row(users, tenantId, person.objectId) : undefined;
    const account = row && valuesOf(user, row);
    if (isLocal && (!account || account.isDisabled)) return NO_ACTIONS;
    if (isAdministrator(person) && (account?.isAdmin ?? true)) return ALL_ACTIONS;
    const byMember = await remembered(this.#assignments, tenantId, () => assignmentsIn(this.#store, tenantId));
    const named = [person.objectId, ...person.groups].flatMap((id) => byMember.get(id.toLowerCase()) ?? []);
    const applying = [...new Set(named)].filter((assignment) => reaches(assignment, device));
    const ids = [...new Set(applying.map(({ roleDefinitionId }) => roleDefinitionId))].filter((id) => id !== '');
    const found = await Promise.all(ids.map((id) => this.#row(roleDefinitions, tenantId, id)));
    return allowedActions(person, applying, found.filter((role) => role !== undefined).map(definitionOf));
  }

  #row(set: EntitySet, tenantId: string, id: string): Promise<StoredEntity | undefined> {
    return remembered(this.#rows, `${set.name}|${tenantId}|${id}`, () => this.#store.get({ set, tenantId, id }));
  }
}

function remembered<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? read();
  known.set(key, found);
  return found;
}

async function assignmentsIn(store: Reader, tenantId: string): Promise<ReadonlyMap<string, readonly Assignment[]>> {
  const byMember = new Map<string, Assignment[]>();
  let after: Parameters<Store['query']>[0]['after'];
  do {
    const page = await store.query({ set: roleAssignments, tenantId, top: PAGE, ...(after ? { after } : {}) });
    for (const assignment of page.entities.map(assignmentOf)) {
      for (const member of assignment.members) {
        const id = member.toLowerCase();
        byMember.set(id, [...(byMember.get(id) ?? []), assignment]);
      }
    }
    after = page.next;
  } while (after);
  return byMember;
}

function assignmentOf({ values }: StoredEntity): Assignment {
  return { ...(values as unknown as Assignment), roleDefinitionId: (values.roleDefinitionId as string | null) ?? '' };
}

function definitionOf({ id, values }: StoredEntity): RoleDefinitionFacts {
  return { id, rolePermissions: values.rolePermissions as RoleDefinitionFacts['rolePermissions'] };
}
