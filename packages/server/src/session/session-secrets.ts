/** Tokens, access URIs and keys of sessions: made anew, or opened from where they are kept sealed. */
import { Sealed, type StoredEntity } from '../store/store.ts';
import { type PairKeys, pairKeys } from './pair-keys.ts';
import { type ConnectionId, helperOf, helperParty, isLive, type LiveSession, type Session } from './session.ts';
import { type HelperSecrets, retrieveRecords } from './session-rows.ts';
import { asError, type EngineOptions } from './session-runner.ts';
import { GONE } from './steps.ts';

type Collaborators = Pick<EngineOptions, 'store' | 'opener' | 'channel' | 'tokens'>;

export class SessionSecrets {
  readonly #options: Collaborators;

  constructor(options: Collaborators) {
    this.#options = options;
  }

  /** Fresh ones for a helper, good to the cap. @param origin scheme and host as he reaches this service */
  async issue(session: LiveSession, objectId: string, generation: number, origin: string): Promise<HelperSecrets> {
    const { channel, tokens } = this.#options;
    const { tenantId, id: sessionId, capAt } = session;
    const identity = helperOf(session, objectId)?.identity ?? '';
    const right = { tenantId, sessionId, party: helperParty(objectId), generation };
    return {
      acsHelperUserToken: await tokens.issue({ tenantId, sessionId, identity }, capAt),
      pubSubHelperAccessUri: await channel.accessUri(right, capAt, origin),
    };
  }

  /** What the records hold for the helper who created the session. */
  async kept(session: LiveSession): Promise<HelperSecrets> {
    const { store } = this.#options;
    const record = await store.get({ set: retrieveRecords, tenantId: session.tenantId, id: session.id });
    if (!record) throw asError(GONE);
    await this.fetchKeys(record);
    return {
      acsHelperUserToken: this.#text(record.values.acsHelperUserToken),
      pubSubHelperAccessUri: this.#text(record.values.pubSubHelperAccessUri),
    };
  }

  /** Scheme and host at which the creator reaches this service, as far as it is known. */
  async keptOrigin(session: LiveSession): Promise<string> {
    const { protocol, host } = new URL((await this.kept(session)).pubSubHelperAccessUri);
    return `${protocol === 'wss:' ? 'https' : 'http'}://${host}`;
  }

  /** Keys of a helper's connection with the sharer's latest one. @param row the engine's own, of this session */
  async pairOf(session: Session, row: StoredEntity, helper: ConnectionId): Promise<PairKeys> {
    if (!isLive(session)) return { key: '', iv: '' };
    await this.fetchKeys(row);
    const sharer = session.connections.findLast(({ party }) => party === 'sharer')?.id;
    return pairKeys(this.#text(row.values.keyMaterial), helper, sharer);
  }

  /** A secret may be sealed with a key that another node made a moment ago. */
  async fetchKeys({ values }: StoredEntity): Promise<void> {
    const { opener } = this.#options;
    const isMissing = (value: unknown) => value instanceof Sealed && opener.missingKey(value);
    if (Object.values(values).some(isMissing)) await opener.reload();
  }

  /** The text of a secret whose key was fetched; what is not sealed as it is. */
  open(value: unknown): unknown {
    return value instanceof Sealed ? this.#options.opener.open(value) : value;
  }

  #text(value: unknown): string {
    return String(this.open(value));
  }
}
