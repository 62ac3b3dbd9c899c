/** Who is in which group, among the connections of this node. */
import { hash } from 'node:crypto';

/** Members are connections; the registry needs to know no more of them than what groups they are in. */
export interface Member {
  /** Made with the first group: most connections are in few. */
  groups: Set<Group<this>> | undefined;
}

export class Group<M> {
  readonly name: string;
  readonly members = new Set<M>();
  /** Ends listening for what other nodes send to this group. */
  readonly stopListening: () => void;

  constructor(name: string, stopListening: () => void) {
    this.name = name;
    this.stopListening = stopListening;
  }
}

export class Groups<M extends Member> {
  readonly #groups = new Map<string, Group<M>>();
  readonly #listen: (group: string) => () => void;

  /** @param listen called when a group gets its first member here; what it returns, when the last one has left */
  constructor(listen: (group: string) => () => void) {
    this.#listen = listen;
  }

  members(name: string): ReadonlySet<M> {
    return this.#groups.get(name)?.members ?? NOBODY;
  }

  /** Number of groups with a member here. */
  get size(): number {
    return this.#groups.size;
  }

  add(member: M, name: string): void {
    let group = this.#groups.get(name);
    if (!group) {
      group = new Group<M>(name, this.#listen(name));
      this.#groups.set(name, group);
    }
    group.members.add(member);
    member.groups ??= new Set();
    member.groups.add(group as Group<M & Member>);
  }

  remove(member: M, name: string): void {
    const group = this.#groups.get(name);
    if (!group?.members.delete(member)) return;
    member.groups?.delete(group as Group<M & Member>);
    if (group.members.size > 0) return;
    this.#groups.delete(name);
    group.stopListening();
  }

  removeFromAll(member: M): void {
    for (const { name } of member.groups ?? []) this.remove(member, name);
  }
}

const NOBODY: ReadonlySet<never> = new Set();

/** A name as one word of a broker's subject: names may hold anything. */
export function subjectWord(name: string): string {
  return hash('sha256', name, 'base64url');
}
