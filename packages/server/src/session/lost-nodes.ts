/** A node that dies says nothing of the connections that it held. The others notice its silence, and say it (SES-12). */
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { elapsedMs, type Instant, toIsoText } from '../clock.ts';
import type { Store } from '../store/store.ts';
import { before, oldestFirst } from './queries.ts';
import { type ConnectionId, isLive, type LiveSession } from './session.ts';
import { sessionNodes } from './session-model.ts';
import { sessionPages } from './session-pages.ts';
import type { Address } from './session-unit.ts';

const BEAT_MS = 5_000;
const SILENT_MS = 20_000;
const PAGE = 500;

/** Says that a connection of a session is gone. */
type Lose = (address: Address, connectionId: ConnectionId) => Promise<unknown>;

export class LostNodes {
  readonly #store: Store;
  readonly #nodeId: string;
  readonly #lose: Lose;
  #lookedAt: Instant = Number.NEGATIVE_INFINITY;
  #known: Promise<void> | undefined;
  #isLooking = false;

  constructor(store: Store, nodeId: string, lose: Lose) {
    this.#store = store;
    this.#nodeId = nodeId;
    this.#lose = lose;
  }

  /** To be settled before the store hears of this node's first connection: without it nobody would miss the node. */
  enter(now: Instant): Promise<void> {
    this.#known ??= this.#beat(now).catch((error: unknown) => {
      this.#known = undefined;
      throw error;
    });
    return this.#known;
  }

  async look(now: Instant): Promise<void> {
    if (this.#isLooking || elapsedMs(this.#lookedAt, now) < BEAT_MS) return;
    this.#lookedAt = now;
    this.#isLooking = true;
    try {
      await this.#look(now);
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(now: Instant): Promise<void> {
    if (this.#known) await this.#beat(now);
    const { entities } = await this.#store.query({
      set: sessionNodes,
      tenantId: SYSTEM_TENANT,
      filter: before(sessionNodes, 'seenDateTime', now - SILENT_MS),
      orderBy: oldestFirst(sessionNodes, 'seenDateTime'),
      top: PAGE,
    });
    for (const { id } of entities) if (id !== this.#nodeId) await this.#bury(id);
  }

  async #beat(now: Instant): Promise<void> {
    const id = this.#nodeId;
    const values = { seenDateTime: toIsoText(now) };
    await this.#store.transact({
      reads: [{ set: sessionNodes, tenantId: SYSTEM_TENANT, id }],
      decide: ([row]) => ({
        writes: [
          row
            ? { kind: 'update', set: sessionNodes, tenantId: SYSTEM_TENANT, before: row, changes: values }
            : { kind: 'insert', set: sessionNodes, tenantId: SYSTEM_TENANT, id, values },
        ],
        value: undefined,
      }),
    });
  }

  /** Loses every connection that the node held, and then forgets it: if this node dies meanwhile, another goes on. */
  async #bury(nodeId: string): Promise<void> {
    const loseAll = async ({ tenantId, id, connections }: LiveSession) => {
      for (const connection of connections) {
        if (connection.nodeId === nodeId) await this.#lose({ tenantId, id }, connection.id);
      }
    };
    for await (const sessions of sessionPages(this.#store)) await Promise.all(sessions.filter(isLive).map(loseAll));
    await this.#store.transact({
      reads: [],
      decide: () => ({
        writes: [{ kind: 'delete', set: sessionNodes, tenantId: SYSTEM_TENANT, id: nodeId }],
        value: undefined,
      }),
    });
  }
}
