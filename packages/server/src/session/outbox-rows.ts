/** Effects as they lie in the store: one row for all that one unit asks of the world. Pure. */
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { newId } from '../access/ids.ts';
import { type Instant, toIsoText } from '../clock.ts';
import type { StoredEntity, Write } from '../store/store.ts';
import type { Step } from './commands.ts';
import type { Effect } from './effects.ts';
import type { Session, SessionId, SessionKey } from './session.ts';
import { sessionEffects } from './session-model.ts';

/** What one transition asks for. */
export interface Asked {
  /** Empty where it is of no session. */
  readonly sessionId: SessionId;
  readonly sessionKey: SessionKey;
  readonly version: number;
  readonly effects: readonly Effect[];
}

/** A row of the outbox: what the transitions of one unit ask for, in their order. */
export interface OutboxEntry {
  readonly id: string;
  readonly asked: readonly [Asked, ...Asked[]];
}

/** The effects of a step; undefined where it has none. */
export function askedBy(before: Session, { session, effects }: Step): Asked | undefined {
  if (effects.length === 0) return undefined;
  return { sessionId: before.id, sessionKey: before.key, version: (session ?? before).version, effects };
}

/** What goes into the outbox; undefined where nothing is asked for. */
export function outboxEntry(asked: readonly (Asked | undefined)[], now: Instant): OutboxEntry | undefined {
  const [first, ...others] = asked.filter((each) => each !== undefined);
  return first && { id: newId(now), asked: [first, ...others] };
}

/** @param tenantId of whom the session is; the system's where they are of several */
export function outboxWrite({ id, asked }: OutboxEntry, tenantId: string, now: Instant): Write {
  const [only] = asked;
  const isOne = asked.length === 1;
  const values = {
    tenantId,
    sessionId: isOne ? only.sessionId : '',
    body: JSON.stringify(isOne ? only : asked),
    createdDateTime: toIsoText(now),
  };
  return { kind: 'insert', set: sessionEffects, tenantId: SYSTEM_TENANT, id, values };
}

export function outboxOf({ id, values }: StoredEntity): OutboxEntry {
  const body = JSON.parse(values.body as string) as Asked | OutboxEntry['asked'];
  return { id, asked: 'effects' in body ? [body] : body };
}
