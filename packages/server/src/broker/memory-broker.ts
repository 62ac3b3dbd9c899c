/** The broker of a service that is one process; with several nodes in one process, as in tests, it joins these. */
import type { Broker } from './broker.ts';

interface Subscription {
  readonly node: Broker;
  readonly listener: (payload: Uint8Array) => void;
}

/** What the nodes are joined by. */
export class MemoryNetwork {
  readonly #subscriptions = new Map<string, Set<Subscription>>();

  /** One more node. */
  join(): Broker {
    const node: Broker = {
      publish: (subject, encode) => this.#publish(node, subject, encode),
      subscribe: (subject, listener) => this.#subscribe(subject, { node, listener }),
    };
    return node;
  }

  #publish(from: Broker, subject: string, encode: () => Uint8Array): void {
    let payload: Uint8Array | undefined;
    const subscriptions = this.#subscriptions.get(subject);
    for (const subscription of subscriptions ?? []) {
      if (subscription.node === from) continue;
      payload ??= encode();
      const bytes = payload;
      // As over a network: never inside the publisher's call, and one listener's failure is not the next one's.
      queueMicrotask(() => {
        if (subscriptions?.has(subscription)) subscription.listener(bytes);
      });
    }
  }

  #subscribe(subject: string, subscription: Subscription): () => void {
    const subscriptions = this.#subscriptions.get(subject) ?? new Set();
    this.#subscriptions.set(subject, subscriptions.add(subscription));
    return () => {
      subscriptions.delete(subscription);
      if (subscriptions.size === 0 && this.#subscriptions.get(subject) === subscriptions) {
        this.#subscriptions.delete(subject);
      }
    };
  }
}
