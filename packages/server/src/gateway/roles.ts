/** What a connection may do with groups: roles of its token, and what the server granted or revoked since. */
import { GroupPattern } from './group-pattern.ts';

export type Permission = 'joinLeaveGroup' | 'sendToGroup';

interface Grants {
  isForAny: boolean;
  readonly names: Set<string>;
  readonly patterns: GroupPattern[];
}

const ROLE = /^webpubsub\.(joinLeaveGroup|sendToGroup)(?:(s?)\.([\s\S]+))?$/;

export class GroupPermissions {
  // Made when there is something to hold: most connections have no role at all.
  #joinLeaveGroup: Grants | undefined;
  #sendToGroup: Grants | undefined;

  /**
   * @param roles `webpubsub.{permission}` for any group, `webpubsub.{permission}.{group}` for one, and
   * `webpubsub.{permission}s.{pattern}` for those that match; others mean nothing here
   * @throws DomainError badRequest for a pattern that is none
   */
  constructor(roles: readonly string[]) {
    for (const role of roles) {
      const [, permission, plural, name] = ROLE.exec(role) ?? [];
      if (permission === undefined) continue;
      const grants = this.#made(permission as Permission);
      if (name === undefined) grants.isForAny = true;
      else if (plural) grants.patterns.push(new GroupPattern(name));
      else grants.names.add(name);
    }
  }

  allows(permission: Permission, group: string): boolean {
    const grants = this.#of(permission);
    if (!grants) return false;
    return grants.isForAny || grants.names.has(group) || grants.patterns.some((pattern) => pattern.matches(group));
  }

  /** Adds to what is allowed; without a group, any group. */
  grant(permission: Permission, group?: string): void {
    const grants = this.#made(permission);
    if (group === undefined) grants.isForAny = true;
    else grants.names.add(group);
  }

  /** Takes back what names this group; without a group, everything of this permission. */
  revoke(permission: Permission, group?: string): void {
    if (group !== undefined) this.#of(permission)?.names.delete(group);
    else if (permission === 'joinLeaveGroup') this.#joinLeaveGroup = undefined;
    else this.#sendToGroup = undefined;
  }

  #of(permission: Permission): Grants | undefined {
    return permission === 'joinLeaveGroup' ? this.#joinLeaveGroup : this.#sendToGroup;
  }

  #made(permission: Permission): Grants {
    const made = this.#of(permission) ?? { isForAny: false, names: new Set(), patterns: [] };
    if (permission === 'joinLeaveGroup') this.#joinLeaveGroup = made;
    else this.#sendToGroup = made;
    return made;
  }
}
