/** oidc-provider's persistence on the store: artifacts are partitioned by tenant, sealed, and found by a hash of their id. */
import { hash } from 'node:crypto';
import { NO_DATE } from '@open-remote-help/protocol';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import {
  type Identity,
  insertOf,
  instantOf,
  oidcArtifact,
  oidcArtifacts,
  type ValuesOf,
  valuesOf,
} from '../access/identity-model.ts';
import { type ArtifactQuery, findArtifacts, revokeArtifacts } from '../access/oidc-artifacts.ts';
import { toIsoText } from '../clock.ts';
import type { StoredEntity, Write } from '../store/store.ts';

/** What never expires in oidc-provider's eyes is kept so long. */
const LONGEST_S = 14 * 24 * 3_600;

/** Whose artifacts of which kind an adapter keeps. */
export interface ArtifactAdapterOptions extends Identity {
  readonly tenantId: string;
  /** oidc-provider's name of the kind. */
  readonly model: string;
  /** The refusal of an artifact that was used before. */
  readonly alreadyUsed: () => Error;
}

/** Keeps what oidc-provider remembers in the store, under hashes of its ids. */
export class ArtifactAdapter implements Adapter {
  readonly #options: ArtifactAdapterOptions;

  constructor(options: ArtifactAdapterOptions) {
    this.#options = options;
  }

  /** @param expiresInSeconds life from now on */
  async upsert(id: string, payload: AdapterPayload, expiresInSeconds = LONGEST_S): Promise<void> {
    const { store, clock, tenantId, model } = this.#options;
    const values: Omit<ValuesOf<typeof oidcArtifact>, 'consumedDateTime'> = {
      model,
      payload: JSON.stringify(payload),
      uid: payload.uid ?? null,
      userCode: payload.userCode ?? null,
      grantId: payload.grantId ?? null,
      accountId: payload.accountId ?? payload.session?.accountId ?? null,
      clientId: payload.clientId ?? null,
      expiresDateTime: toIsoText(clock.now() + expiresInSeconds * 1000),
    };
    const key = this.#key(id);
    await store.transact({
      reads: [key],
      decide: ([before]) => {
        const write: Write = before
          ? { kind: 'update', set: oidcArtifacts, tenantId, before, changes: values }
          : insertOf(oidcArtifacts, tenantId, key.id, { ...values, consumedDateTime: NO_DATE });
        return { writes: [write], value: undefined };
      },
    });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#payloadOf(await this.#options.store.get(this.#key(id)));
  }

  findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy({ link: 'uid', value: uid });
  }

  findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findBy({ link: 'userCode', value: userCode });
  }

  /**
   * Marks a code or refresh token as used. Of several nodes that try at once one succeeds; to the others it was used
   * before: someone has a copy, so all that came of the same grant ends (RFC 9700, 4.14.2).
   */
  async consume(id: string): Promise<void> {
    const { store, clock, tenantId, alreadyUsed } = this.#options;
    const changes = { consumedDateTime: toIsoText(clock.now()) };
    const before = await store.transact<StoredEntity | 'gone' | undefined>({
      reads: [this.#key(id)],
      decide: ([row]) => {
        const isFresh = row !== undefined && valuesOf(oidcArtifact, row).consumedDateTime === NO_DATE;
        const writes: Write[] = isFresh ? [{ kind: 'update', set: oidcArtifacts, tenantId, before: row, changes }] : [];
        return { writes, value: isFresh ? undefined : (row ?? 'gone') };
      },
    });
    if (before === undefined) return;
    const grantId = before === 'gone' ? null : valuesOf(oidcArtifact, before).grantId;
    if (grantId !== null) await this.#revokeGrant(grantId);
    throw alreadyUsed();
  }

  async destroy(id: string): Promise<void> {
    const { store, tenantId } = this.#options;
    const key = this.#key(id);
    await store.transact({
      reads: [key],
      decide: ([row]) => {
        const writes: Write[] = row ? [{ kind: 'delete', set: oidcArtifacts, tenantId, id: key.id }] : [];
        return { writes, value: undefined };
      },
    });
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    const { store, tenantId, model } = this.#options;
    await revokeArtifacts(store, tenantId, { model, link: 'grantId', value: grantId });
  }

  async #revokeGrant(grantId: string): Promise<void> {
    const { store, tenantId } = this.#options;
    await revokeArtifacts(store, tenantId, { link: 'grantId', value: grantId });
    await new ArtifactAdapter({ ...this.#options, model: 'Grant' }).destroy(grantId);
  }

  async #findBy(query: Omit<ArtifactQuery, 'model'>): Promise<AdapterPayload | undefined> {
    const { store, tenantId, model } = this.#options;
    const [row] = await findArtifacts(store, tenantId, { ...query, model });
    return this.#payloadOf(row);
  }

  async #payloadOf(row: StoredEntity | undefined): Promise<AdapterPayload | undefined> {
    if (!row) return undefined;
    const payload = JSON.parse(await this.#options.keyRing.reveal(row.values.payload)) as AdapterPayload;
    const { consumedDateTime } = valuesOf(oidcArtifact, row);
    if (consumedDateTime === NO_DATE) return payload;
    return { ...payload, consumed: Math.floor(instantOf(consumedDateTime) / 1000) };
  }

  #key(id: string) {
    const { tenantId, model } = this.#options;
    return { set: oidcArtifacts, tenantId, id: hash('sha256', `${model}|${id}`, 'base64url') };
  }
}
