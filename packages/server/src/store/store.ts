/**
 * The persistence port. One store holds every entity set of the model, served or internal, partitioned by tenant.
 * Whoever needs something kept (Graph routes, keys, accounts, sessions) uses this port; SQLite and PostgreSQL implement it.
 */
import type { EntitySet } from '@open-remote-help/protocol';
import type { Instant } from '../clock.ts';
import type { Expression } from './expression.ts';

/**
 * A secret as stored: ciphertext whose key the store's sealer holds. Opened only where a person with the right to it is
 * answered.
 */
export class Sealed {
  readonly bytes: Uint8Array;
  /** What the ciphertext is bound to: `tenant|set|id|property`, or the names of several properties. */
  readonly context: string;

  constructor(bytes: Uint8Array, context: string) {
    this.bytes = bytes;
    this.context = context;
  }

  /** About how many bytes of ciphertext are this secret's. */
  get size(): number {
    return this.bytes.length;
  }

  /** The secret; for sealers. @param decrypt gives the text of bytes that are bound to the context */
  read(decrypt: (sealed: Sealed) => string): string {
    return decrypt(this);
  }
}

/** One of the secrets of an entity that are sealed in one: decrypted once, for all of them. */
export class SealedPart extends Sealed {
  readonly #whole: SealedWhole;
  readonly #index: number;

  constructor(whole: SealedWhole, index: number) {
    super(whole.bytes, whole.context);
    this.#whole = whole;
    this.#index = index;
  }

  override get size(): number {
    return this.bytes.length / this.#whole.count;
  }

  override read(decrypt: (sealed: Sealed) => string): string {
    this.#whole.texts ??= JSON.parse(decrypt(this)) as readonly string[];
    return this.#whole.texts[this.#index] as string;
  }
}

/** What the parts of one entity share. */
export interface SealedWhole {
  readonly bytes: Uint8Array;
  readonly context: string;
  /** How many secrets are in it. */
  readonly count: number;
  /** Once decrypted: a JSON array of texts is what was sealed. */
  texts?: readonly string[];
}

/** The key with which a value was sealed is not known here, or not yet. */
export class UnknownKey extends Error {
  constructor() {
    super('The value is sealed with a key that is not known here.');
  }
}

/** A JSON value as the model declares it; a secret property may be `Sealed` after reading. */
export type StoredValue = unknown;
/** Values by name of the property. */
export type Values = Readonly<Record<string, StoredValue>>;

/** An entity as stored. `version` starts at 1 and grows by 1 with each change; it is what an ETag carries. */
export interface StoredEntity {
  readonly id: string;
  readonly version: number;
  /** Every property of the type but `id`. */
  readonly values: Values;
}

/** One entity by `id`, or by the value of an alternate key. */
export type EntityKey = {
  readonly set: EntitySet;
  readonly tenantId: string;
} & ({ readonly id: string } | { readonly alternateKey: string; readonly value: string });

/** One change of one row. */
export type Write =
  | {
      readonly kind: 'insert';
      readonly set: EntitySet;
      readonly tenantId: string;
      readonly id: string;
      readonly values: Values;
    }
  | {
      /** `changes` holds the changed properties only; `before` is the row that the unit read. */
      readonly kind: 'update';
      readonly set: EntitySet;
      readonly tenantId: string;
      readonly before: StoredEntity;
      readonly changes: Values;
    }
  | { readonly kind: 'delete'; readonly set: EntitySet; readonly tenantId: string; readonly id: string };

/**
 * One all-or-nothing change. The store reads the rows (and keeps others from changing them), calls `decide`, performs
 * its writes and answers only when they are durable. `decide` is pure, does no I/O, and may be called again after a
 * conflict or beside a unit that failed; what it throws rejects this unit alone, never its neighbours in the same commit.
 *
 * A unit writes each row at most once and updates only rows that it read. Where it inserts what it read as absent and
 * another was first, it is called again and finds it.
 */
export interface Unit<T> {
  readonly reads: readonly EntityKey[];
  /** Whether `decide` goes by the present instant: where several nodes share a database, by that of the database. */
  readonly wantsNow?: boolean;
  /**
   * `rows[i]` answers `reads[i]`; undefined where there is no such entity.
   * @param now the database's clock, read once the rows are held; only for who wants it, and only where the database has
   * a clock that several nodes share
   */
  decide(
    rows: readonly (StoredEntity | undefined)[],
    now?: Instant,
  ): { readonly writes: readonly Write[]; readonly value: T };
}

/** One key of an order. */
export interface OrderBy {
  readonly expression: Expression;
  readonly isDescending: boolean;
}

/** Position after the last row of a page: the order expressions' values of that row, then its id. JSON-safe. */
export type Cursor = readonly (string | number | boolean | null)[];

/** Which rows to read, in which order and from where. */
export interface Query {
  readonly set: EntitySet;
  readonly tenantId: string;
  readonly filter?: Expression;
  /** `id` ascending is always appended, so that the order is total. Nulls sort first ascending. */
  readonly orderBy?: readonly OrderBy[];
  /** Continue after this row; with `skip` only on the first page. */
  readonly after?: Cursor;
  readonly skip?: number;
  /** Most rows on the page, 1 or more. */
  readonly top: number;
  /** Properties to read; all when left out. */
  readonly select?: readonly string[];
}

/** Some rows, and where the next page begins. */
export interface Page {
  readonly entities: readonly StoredEntity[];
  /** Present when more rows follow. */
  readonly next?: Cursor;
}

/**
 * Methods reject with `DomainError` `unavailable` while the database can't be used, `conflict` (with `target`) when a
 * unique property's value is taken.
 */
export interface Store {
  transact<T>(unit: Unit<T>): Promise<T>;
  get(key: EntityKey): Promise<StoredEntity | undefined>;
  query(query: Query): Promise<Page>;
  count(query: Pick<Query, 'set' | 'tenantId' | 'filter'>): Promise<number>;
  /** Deletes the rows of an internal set, in every tenant, whose instant property lies before `instant`; says how many. */
  purge(set: EntitySet, property: string, instant: string): Promise<number>;
  /** Rejects when the database can't be used now. */
  ping(): Promise<void>;
}

/** Seals and opens secret properties; AES-256-GCM under the key ring's current key (NIST SP 800-38D). */
export interface Sealer {
  seal(plaintext: string, context: string): Uint8Array;
  /**
   * @throws Error when bytes or context were altered
   * @throws UnknownKey
   */
  open(sealed: Sealed): string;
  /** Brings keys that another process made; absent where there is no other. */
  reload?(): Promise<void>;
}

/** Opens what others sealed, also with a key that another process made since. */
export interface Opener extends Pick<Sealer, 'open'> {
  /** Whether `open` would fail for want of the key: `reload` may bring it. */
  missingKey(sealed: Sealed): boolean;
  reload(): Promise<void>;
}
