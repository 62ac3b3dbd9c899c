/** Messages between the nodes of one service. Each node holds one `Broker`. */

/**
 * Publish and subscribe by subject, at most once: a message reaches the nodes that are subscribed now, in the order in
 * which one node published it, or is lost. Whoever needs more looks into the store.
 */
export interface Broker {
  /**
   * Sends to every other node that is subscribed; a node does not hear itself. What cannot be sent is lost: this never
   * throws. Messages have less than 1 MiB and 16 KiB.
   * @param subject words of letters, digits, `-` and `_`, joined by dots
   * @param encode makes the bytes; not called where nobody can be listening
   */
  publish(subject: string, encode: () => Uint8Array): void;
  /**
   * Calls the listener for each message of other nodes, never before `subscribe` has returned.
   * @returns ends the subscription: nothing is delivered afterwards
   */
  subscribe(subject: string, listener: (payload: Uint8Array) => void): () => void;
}
