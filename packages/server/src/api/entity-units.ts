/**
 * The units by which entities are created, changed and deleted: pure decisions over rows that were read, each with its
 * audit record.
 */
import type { EntitySet, Model } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import { namesEtag } from '../odata/accept.ts';
import type { PathKey } from '../odata/path.ts';
import { etagOf } from '../odata/representation.ts';
import { recheckWrite } from '../session/recheck.ts';
import type { EntityKey, StoredEntity, Unit, Values, Write } from '../store/store.ts';
import { notFound } from './answers.ts';
import { auditOfWrite } from './audit.ts';
import type { Behaviour, Behaviours, Beside } from './behaviours.ts';
import type { Target } from './entity-handlers.ts';
import type { GraphRequest } from './graph-request.ts';
import type { LiveRecords } from './live-records.ts';
import { checkReferences, referencesOf } from './references.ts';

/** A change of one entity. */
export interface EntityChange {
  /** For the audit log: `Update`, or the name of an action. */
  readonly activity: string;
  /** What changes; empty for nothing. Pure. */
  readonly changesOf: (before: StoredEntity) => Values;
  /** What a client sent, whose references have to point to something. */
  readonly sent?: Values;
  /** Whether the record is known to be no live session's. */
  readonly isPlain: boolean;
}

/** Ends a unit that is about to change a record which may be a live session's: the engine has to be asked first. */
export class PerhapsLive extends Error {
  readonly record: StoredEntity;

  constructor(record: StoredEntity) {
    super('The record may be that of a live session.');
    this.record = record;
  }
}

/** Makes units from the model, the behaviours of its sets, and what live sessions say. */
export class EntityUnits {
  readonly #model: Model;
  readonly #behaviours: Behaviours;
  readonly #live: Pick<LiveRecords, 'concerns'>;

  constructor({ model, behaviours, live }: { model: Model; behaviours: Behaviours; live: LiveRecords }) {
    this.#model = model;
    this.#behaviours = behaviours;
    this.#live = live;
  }

  /** @param beside what the set's behaviour does in the same unit */
  creation(target: Target, id: string, values: Values, beside: Beside | undefined): Unit<StoredEntity> {
    const { set, caller } = target;
    const references = referencesOf(this.#model, set, caller.tenantId, values);
    return {
      reads: references.map(({ key }) => key),
      decide: (referenced) => {
        checkReferences(references, referenced);
        return {
          writes: [
            { kind: 'insert', set, tenantId: caller.tenantId, id, values },
            auditOfWrite(target, 'Create', id, undefined, values),
            ...(beside?.writes ?? []),
            ...this.#rechecks(target),
          ],
          value: { id, version: 1, values: { ...values, ...beside?.answered } },
        };
      },
    };
  }

  /**
   * The one way in which an entity changes: precondition, guard, new values, audit.
   * @throws PerhapsLive from its decision, unless the record is plain
   */
  change(target: Target, key: PathKey, { activity, changesOf, sent = {}, isPlain }: EntityChange): Unit<StoredEntity> {
    const { set, caller } = target;
    const guard = this.#behaviour(set).guard;
    const references = referencesOf(this.#model, set, caller.tenantId, sent);
    return {
      reads: [entityKey(target, key), ...references.map((reference) => reference.key)],
      decide: ([row, ...referenced]) => {
        const before = this.#checked(target, key, row, isPlain);
        checkReferences(references, referenced);
        const changes = changesOf(before);
        guard?.(before, changes, target);
        if (Object.keys(changes).length === 0) return { writes: [], value: before };
        return {
          writes: [
            { kind: 'update', set, tenantId: caller.tenantId, before, changes },
            auditOfWrite(target, activity, before.id, before, changes),
            ...this.#rechecks(target),
          ],
          value: { id: before.id, version: before.version + 1, values: { ...before.values, ...changes } },
        };
      },
    };
  }

  /** @throws PerhapsLive from its decision, unless the record is plain */
  deletion(target: Target, key: PathKey, isPlain: boolean): Unit<void> {
    const { set, caller } = target;
    const { guard, companions = [], deleted } = this.#behaviour(set);
    return {
      reads: [entityKey(target, key)],
      decide: ([row]) => {
        const before = this.#checked(target, key, row, isPlain);
        guard?.(before, undefined, target);
        return {
          writes: [
            ...[set, ...companions].map(
              (each) => ({ kind: 'delete', set: each, tenantId: caller.tenantId, id: before.id }) as const,
            ),
            auditOfWrite(target, 'Delete', before.id, before, undefined),
            ...(deleted?.(before, target) ?? []),
            ...this.#rechecks(target),
          ],
          value: undefined,
        };
      },
    };
  }

  #checked({ request, set }: Target, key: PathKey, row: StoredEntity | undefined, isPlain: boolean): StoredEntity {
    if (!row) throw notFound(key);
    checkIfMatch(request, row);
    if (!isPlain && this.#live.concerns(set, row)) throw new PerhapsLive(row);
    return row;
  }

  /** Sessions that stand on what a set says are looked at after each change of it (SES-11). */
  #rechecks({ set, caller, now }: Target): Write[] {
    return this.#behaviour(set.viewOf ?? set).isGround ? [recheckWrite(caller.tenantId, now)] : [];
  }

  #behaviour(set: EntitySet): Behaviour {
    return this.#behaviours[set.name] ?? NONE;
  }
}

const NONE: Behaviour = {};

/** The key of what a path addresses, in the caller's tenant. */
export function entityKey({ set, caller }: Pick<Target, 'set' | 'caller'>, key: PathKey): EntityKey {
  return { set, tenantId: caller.tenantId, ...key };
}

/** @throws DomainError preconditionFailed when `If-Match` names another version */
export function checkIfMatch(request: GraphRequest, entity: StoredEntity): void {
  const ifMatch = request.header('if-match');
  if (ifMatch === undefined || namesEtag(ifMatch, etagOf(entity))) return;
  throw new DomainError('preconditionFailed', `The stored version is ${etagOf(entity)}.`, { target: 'If-Match' });
}
