/** Help sessions that are under way, put into the store as the engine itself would have written them. */
import { randomUUID } from 'node:crypto';
import { newAcsIdentity } from '../../packages/server/src/access/acs-identity.ts';
import { newId } from '../../packages/server/src/access/ids.ts';
import { readConfig } from '../../packages/server/src/config.ts';
import { openData } from '../../packages/server/src/data.ts';
import { newSession } from '../../packages/server/src/session/new-session.ts';
import { newKeyMaterial } from '../../packages/server/src/session/pair-keys.ts';
import {
  type ActiveSession,
  DEFAULT_SETTINGS,
  type DeviceId,
  NO_GRANTS,
  type SessionId,
} from '../../packages/server/src/session/session.ts';
import { newSessionKey } from '../../packages/server/src/session/session-key.ts';
import { insertLive, insertPublic, insertRecords } from '../../packages/server/src/session/session-rows.ts';
import { idOf } from '../records.ts';
import type { Environment } from '../servers/product.ts';

/** Rows in one transaction: each session has six. */
const SESSIONS_AT_ONCE = 200;
const HELPERS = 500;

export interface OpenSessions {
  readonly tenantId: string;
  readonly count: number;
  /** The first of their devices. */
  readonly firstDevice: number;
  /** When the lease of the n-th ends, epoch milliseconds. */
  readonly endOf: (index: number) => number;
}

export async function seedSessions(environment: Environment, sessions: OpenSessions): Promise<void> {
  const { store } = await openData(readConfig(environment));
  for (let start = 0; start < sessions.count; start += SESSIONS_AT_ONCE) {
    const { length } = { length: Math.min(SESSIONS_AT_ONCE, sessions.count - start) };
    const writes = Array.from({ length }, (_, offset) => writesOf(sessions, start + offset)).flat();
    await store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
  }
  await store.close();
}

function writesOf(sessions: OpenSessions, index: number) {
  const now = sessions.endOf(index) - DEFAULT_SETTINGS.leaseMs;
  const session = activeSession(sessions, index, now);
  const secrets = {
    acsHelperUserToken: `eyJhbGciOiJFZERTQSJ9.${'0'.repeat(500)}`,
    pubSubHelperAccessUri: `wss://help.example.org/client/hubs/remoteHelp?access_token=${'0'.repeat(500)}`,
  };
  return [
    insertLive(session, now, { keyMaterial: newKeyMaterial(), replayKey: null }),
    insertPublic(session),
    ...insertRecords(session, secrets),
  ];
}

/** Both ends are in; nobody has left. */
function activeSession({ tenantId, firstDevice }: OpenSessions, index: number, now: number): ActiveSession {
  const helper = index % HELPERS;
  const ingredients = {
    id: newId(now) as SessionId,
    key: newSessionKey(),
    tenantId,
    device: { id: idOf(firstDevice + index) as DeviceId, name: `DEVICE-${index}`, keyThumbprint: null },
    creator: {
      objectId: idOf(helper),
      displayName: `Helper ${helper}`,
      userPrincipalName: `helper${helper}@example.org`,
      organization: 'Example',
      groups: [],
      directoryRoles: [],
      issuer: 'https://issuer.example',
    },
    helperIdentity: newAcsIdentity(tenantId),
    sharerIdentity: newAcsIdentity(tenantId),
    acsGroupId: randomUUID(),
    groupId: `session-${index}`,
    isChatBlocked: false,
  };
  const wish = { type: 'viewScreen', reason: null, ticket: null } as const;
  const { consentUntil: _, ...requested } = newSession(ingredients, wish, now, DEFAULT_SETTINGS);
  const grants = { ...NO_GRANTS, view: true };
  return { ...requested, state: 'active', acceptedAt: now, grants, prompts: [] };
}
