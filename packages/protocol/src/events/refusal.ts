/** Why an event, a frame or a handshake was refused. */
export type RefusalReason =
  /** Not of the documented shape; `field` names the member. */
  | 'malformed'
  /** A key, a nonce or a signature of the handshake does not prove what it should. */
  | 'notProven'
  /** The ciphertext was altered, or sealed under another key, stream, direction or pair. */
  | 'notAuthentic'
  /** Its counter is not greater than the last one accepted. */
  | 'replayed'
  /** No counter is left under this key. */
  | 'exhausted'
  /** The event does not belong to the stream or direction in which it came. */
  | 'misplaced'
  /** Tenant policy withholds it. */
  | 'blocked'
  /** The pair has no keys (yet, or any more). */
  | 'notOpen';

/** A refusal of something received or about to be sent. The message holds no content and no secret. */
export class EventRefusal extends Error {
  override readonly name = 'EventRefusal';
  readonly reason: RefusalReason;
  /** The member at fault, as a path: `helper.name`, `points[3]`. */
  readonly field: string | undefined;

  constructor(reason: RefusalReason, message: string, field?: string) {
    super(message);
    this.reason = reason;
    this.field = field;
  }
}
