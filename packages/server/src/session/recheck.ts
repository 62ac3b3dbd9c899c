/** The ground under live sessions (SES-11): settings, device and rights as they are now, against those at the start. */
import { managedDevices, remoteAssistanceSets } from '@open-remote-help/protocol';
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { newId } from '../access/ids.ts';
import { SINGLETON_ID } from '../access/singleton.ts';
import type { Instant } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { Cursor, Store, StoredEntity, Write } from '../store/store.ts';
import type { ServerCommand } from './commands.ts';
import { allowsType, type HelperRights } from './helper-rights.ts';
import { LEFT_BEHIND_MS } from './outbox.ts';
import { equals } from './queries.ts';
import { isLive, type LiveSession, type SessionId, type SessionKey } from './session.ts';
import { liveSessions } from './session-model.ts';
import { sessionOf } from './session-rows.ts';
import { outboxWrite } from './session-unit.ts';

const PAGE = 200;
const [settingsSet] = remoteAssistanceSets;

export interface Ground {
  readonly store: Store;
  readonly rights: HelperRights;
}

/** For the unit that changes settings, devices, roles or accounts of a tenant: its sessions are looked at after it. */
export function recheckWrite(tenantId: string, now: Instant): Write {
  const entry = {
    id: newId(now),
    sessionId: '' as SessionId,
    sessionKey: '' as SessionKey,
    version: 0,
    effects: [{ kind: 'recheck', tenantId }],
  } as const;
  // As old as what a node left behind: whoever looks first does it, without waiting for the one who wrote it.
  return outboxWrite(entry, tenantId, now - LEFT_BEHIND_MS);
}

/**
 * Looks at every live session of a tenant.
 * @param apply applies a command to a session; one that ended meanwhile is left alone
 */
export async function recheck(
  ground: Ground,
  tenantId: string,
  apply: (session: LiveSession, command: ServerCommand) => Promise<unknown>,
): Promise<void> {
  const settings = await ground.store.get({ set: settingsSet, tenantId, id: SINGLETON_ID });
  for await (const session of liveSessionsOf(ground.store, tenantId)) {
    for (const command of await commandsFor(ground, settings, session)) {
      try {
        await apply(session, command);
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'notFound') throw error;
      }
    }
  }
}

async function commandsFor(
  { store, rights }: Ground,
  settings: StoredEntity | undefined,
  session: LiveSession,
): Promise<ServerCommand[]> {
  const { tenantId, device } = session;
  if (settings?.values.remoteAssistanceState !== 'enabled') return [{ kind: 'revoke', why: 'settings' }];
  const row = await store.get({ set: managedDevices, tenantId, id: device.id });
  if (!row) return [{ kind: 'revoke', why: 'device' }];
  const commands: ServerCommand[] = [];
  const scope = { id: device.id, userId: typeof row.values.userId === 'string' ? row.values.userId : null };
  for (const helper of session.helpers) {
    const actions = await rights.actionsOn(tenantId, helper, scope);
    if (!allowsType(actions, session.type)) commands.push({ kind: 'removeHelper', objectId: helper.objectId });
  }
  const isBlocked = settings.values.blockChat === true;
  if (isBlocked !== session.isChatBlocked) commands.push({ kind: 'blockChat', isBlocked });
  return commands;
}

async function* liveSessionsOf(store: Store, tenantId: string): AsyncGenerator<LiveSession> {
  let after: Cursor | undefined;
  do {
    const page: { readonly entities: readonly StoredEntity[]; readonly next?: Cursor } = await store.query({
      set: liveSessions,
      tenantId: SYSTEM_TENANT,
      filter: equals(liveSessions, 'tenantId', tenantId),
      top: PAGE,
      select: ['state'],
      ...(after ? { after } : {}),
    });
    for (const row of page.entities) {
      const session = sessionOf(row);
      if (isLive(session)) yield session;
    }
    after = page.next;
  } while (after);
}
