/** The ground under live sessions (SES-11): settings, device and rights as they are now, against those at the start. */
import { managedDevices, remoteAssistanceSets } from '@open-remote-help/protocol';
import { newId } from '../access/ids.ts';
import { SINGLETON_ID } from '../access/singleton.ts';
import type { Instant } from '../clock.ts';
import { deviceCredentials } from '../device/device-model.ts';
import { DomainError } from '../errors.ts';
import type { Store, StoredEntity, Write } from '../store/store.ts';
import type { ServerCommand } from './commands.ts';
import type { Effect } from './effects.ts';
import { allowsType, type HelperRights, scopedDevice } from './helper-rights.ts';
import { LEFT_BEHIND_MS } from './outbox.ts';
import { type OutboxEntry, outboxWrite } from './outbox-rows.ts';
import { equals } from './queries.ts';
import { type DeviceId, isLive, type LiveSession, type SessionId, type SessionKey } from './session.ts';
import { liveSessions } from './session-model.ts';
import { sessionPages } from './session-pages.ts';

const [settingsSet] = remoteAssistanceSets;

export interface Ground {
  readonly store: Store;
  readonly rights: HelperRights;
}

/** For the unit that changes settings, devices, roles or accounts of a tenant: its sessions are looked at after it. */
export function recheckWrite(tenantId: string, now: Instant): Write {
  return tenantsEffect({ kind: 'recheck', tenantId }, now);
}

/** For the unit that deletes a device: its standing connection is closed, on whatever node it is. */
export function closeDeviceWrite(tenantId: string, deviceId: DeviceId, now: Instant): Write {
  return tenantsEffect({ kind: 'closeDevice', tenantId, deviceId }, now);
}

function tenantsEffect(effect: Extract<Effect, { kind: 'recheck' | 'closeDevice' }>, now: Instant): Write {
  const ofNoSession = { sessionId: '' as SessionId, sessionKey: '' as SessionKey, version: 0 };
  const entry: OutboxEntry = { id: newId(now), asked: [{ ...ofNoSession, effects: [effect] }] };
  // As old as what a node left behind: whoever looks first does it, without waiting for the one who wrote it.
  return outboxWrite(entry, effect.tenantId, now - LEFT_BEHIND_MS);
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
  const rights = ground.rights.readOnce();
  const lookAt = async (session: LiveSession) => {
    for (const command of await commandsFor(ground.store, rights, settings, session)) {
      try {
        await apply(session, command);
      } catch (error) {
        if (!(error instanceof DomainError) || error.code !== 'notFound') throw error;
      }
    }
  };
  const found = sessionPages(ground.store, equals(liveSessions, 'tenantId', tenantId));
  for await (const sessions of found) await Promise.all(sessions.filter(isLive).map(lookAt));
}

async function commandsFor(
  store: Store,
  rights: Pick<HelperRights, 'actionsOn'>,
  settings: StoredEntity | undefined,
  session: LiveSession,
): Promise<ServerCommand[]> {
  const { tenantId, device } = session;
  if (settings?.values.remoteAssistanceState !== 'enabled') return [{ kind: 'revoke', why: 'settings' }];
  if (device.isUnenrolled && settings.values.allowSessionsToUnenrolledDevices !== true) {
    return [{ kind: 'revoke', why: 'settings' }];
  }
  const row = await store.get({ set: managedDevices, tenantId, id: device.id });
  const credential = await store.get({ set: deviceCredentials, tenantId, id: device.id });
  const isThere = device.isUnenrolled || row !== undefined;
  if (!isThere || !isSameDevice(session, credential)) return [{ kind: 'revoke', why: 'device' }];
  const commands: ServerCommand[] = [];
  const scope = scopedDevice(device.id, row);
  for (const helper of session.helpers) {
    const actions = await rights.actionsOn(tenantId, helper, scope);
    if (!allowsType(actions, session.type)) commands.push({ kind: 'removeHelper', objectId: helper.objectId });
  }
  const isBlocked = settings.values.blockChat === true;
  if (isBlocked !== session.isChatBlocked) commands.push({ kind: 'blockChat', isBlocked });
  return commands;
}

/** Neither parked, nor enrolled anew since the session began; one that was only entered may enrol meanwhile. */
function isSameDevice({ device }: LiveSession, credential: StoredEntity | undefined): boolean {
  if (credential && credential.values.parkedDateTime !== null) return false;
  return device.keyThumbprint === null || device.keyThumbprint === credential?.values.keyThumbprint;
}
