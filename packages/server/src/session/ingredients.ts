/** What a new session is made of that is random, or issued: ids, keys, identities, the helper's token and access URI. */
import { randomUUID } from 'node:crypto';
import { newId } from '../access/ids.ts';
import type { Instant } from '../clock.ts';
import type { Ingredients } from './new-session.ts';
import { helperParty, type Person, type SessionId } from './session.ts';
import { newSessionKey } from './session-key.ts';
import type { HelperSecrets } from './session-rows.ts';
import type { EngineOptions } from './session-runner.ts';

export interface Gathered {
  readonly ingredients: Omit<Ingredients, 'device' | 'isChatBlocked'>;
  readonly secrets: HelperSecrets;
}

/** @param origin scheme and host at which the creator reaches this service */
export async function gather(
  { channel, tokens, settings }: Pick<EngineOptions, 'channel' | 'tokens' | 'settings'>,
  { tenantId, creator, origin }: { readonly tenantId: string; readonly creator: Person; readonly origin: string },
  now: Instant,
): Promise<Gathered> {
  const id = newId(now) as SessionId;
  const helperIdentity = tokens.newIdentity(tenantId);
  const right = { tenantId, sessionId: id, party: helperParty(creator.objectId), generation: 1 };
  const capAt = now + settings.capMs;
  return {
    ingredients: {
      ...{ id, tenantId, creator, helperIdentity },
      key: newSessionKey(),
      sharerIdentity: tokens.newIdentity(tenantId),
      acsGroupId: randomUUID(),
      groupId: `session-${id}`,
    },
    secrets: {
      acsHelperUserToken: await tokens.issue({ tenantId, sessionId: id, identity: helperIdentity }, capAt),
      pubSubHelperAccessUri: await channel.accessUri(right, capAt, origin),
    },
  };
}
