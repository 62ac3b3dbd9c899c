/** Who may help on which device: the store's roles and assignments, asked afresh each time, so that a withdrawal counts at once. */
import { roleSets } from '@open-remote-help/protocol';
import type { Store, StoredEntity } from '../store/store.ts';
import { user, users, valuesOf } from './identity-model.ts';
import {
  allowedActions,
  assignmentsOf,
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

/** Roles and assignments as the store has them. */
export class DeviceRights {
  readonly #store: Pick<Store, 'get' | 'query'>;
  readonly #isOwnIssuer: (issuer: string) => boolean;

  /** @param isOwnIssuer whether tokens of this issuer are those of local accounts, which the store knows */
  constructor(store: Pick<Store, 'get' | 'query'>, isOwnIssuer: (issuer: string) => boolean) {
    this.#store = store;
    this.#isOwnIssuer = isOwnIssuer;
  }

  /**
   * The resource actions that a person has on a device, by roles and their scopes; none for a local account that was
   * disabled or removed, whatever its token says.
   * @throws DomainError `unavailable` when the store can't be read
   */
  async actionsOn(tenantId: string, person: RoleHolder, device: ScopedDevice): Promise<ReadonlySet<string>> {
    const isLocal = this.#isOwnIssuer(person.issuer);
    const account = isLocal ? await this.#accountOf(tenantId, person) : undefined;
    if (isLocal && (!account || account.isDisabled)) return NO_ACTIONS;
    if (isAdministrator(person) && (account?.isAdmin ?? true)) return ALL_ACTIONS;
    const all = await assignmentsIn(this.#store, tenantId);
    const applying = assignmentsOf(person, all).filter((assignment) => reaches(assignment, device));
    const ids = [...new Set(applying.map(({ roleDefinitionId }) => roleDefinitionId))].filter((id) => id !== '');
    const found = await Promise.all(ids.map((id) => this.#store.get({ set: roleDefinitions, tenantId, id })));
    return allowedActions(person, applying, found.filter((row) => row !== undefined).map(definitionOf));
  }

  async #accountOf(tenantId: string, { objectId: id }: RoleHolder) {
    const row = await this.#store.get({ set: users, tenantId, id });
    return row && valuesOf(user, row);
  }
}

type Assignment = RoleAssignmentFacts & ScopeFacts;

async function assignmentsIn(store: Pick<Store, 'query'>, tenantId: string): Promise<Assignment[]> {
  const assignments: Assignment[] = [];
  let after: Parameters<Store['query']>[0]['after'];
  do {
    const page = await store.query({ set: roleAssignments, tenantId, top: PAGE, ...(after ? { after } : {}) });
    assignments.push(...page.entities.map(assignmentOf));
    after = page.next;
  } while (after);
  return assignments;
}

function assignmentOf({ values }: StoredEntity): Assignment {
  return { ...(values as unknown as Assignment), roleDefinitionId: (values.roleDefinitionId as string | null) ?? '' };
}

function definitionOf({ id, values }: StoredEntity): RoleDefinitionFacts {
  return { id, rolePermissions: values.rolePermissions as RoleDefinitionFacts['rolePermissions'] };
}
