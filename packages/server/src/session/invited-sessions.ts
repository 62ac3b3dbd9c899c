/** Sessions that begin with a code: the page that showed it becomes their device. */
import type { DevicePublicKey } from '@open-remote-help/protocol';
import { SYSTEM_TENANT } from '../access/identity-model.ts';
import { newId } from '../access/ids.ts';
import { deviceActor } from '../device/device-audit.ts';
import { newSecret } from '../device/secret-hash.ts';
import { allowsType, scopedDevice } from './helper-rights.ts';
import { gather } from './ingredients.ts';
import type { CodeHolder } from './invitation-codes.ts';
import { type Invited, invitedUnit } from './invited-creation.ts';
import type { DeviceId, RequestedSession } from './session.ts';
import type { EngineOptions } from './session-runner.ts';

/** A page with a key that it proved to have. */
export interface InvitedRequest {
  /** Who made the code; undefined for a code that nobody made, about which as much is asked of the store. */
  readonly holder: CodeHolder | undefined;
  readonly pageName: string;
  readonly publicKey: DevicePublicKey;
  readonly ipAddress: string | null;
  readonly correlationId: string;
}

export interface InvitedSession {
  readonly session: RequestedSession;
  /** The secret that the page's first sign-in needs. */
  readonly generation: string;
}

const NOBODY = { tenantId: SYSTEM_TENANT, invitationId: 'nobody' };

/**
 * @param follow what follows from a session that was stored
 * @returns undefined for a code that is good for nothing, whatever the reason
 */
export async function createInvited(
  options: EngineOptions,
  { holder, pageName: name, publicKey, ipAddress, correlationId }: InvitedRequest,
  follow: (invited: Invited) => Promise<void>,
): Promise<InvitedSession | undefined> {
  const { store, clock, settings } = options;
  const now = clock.now();
  const id = newId(now) as DeviceId;
  const mayHelp = holder !== undefined && (await isStillAllowed(options, holder, id));
  const gathered = mayHelp ? await gather(options, { ...holder, creator: holder.helper }, now) : undefined;
  const generation = newSecret();
  const invited = await store.transact(
    invitedUnit(
      {
        ...(holder ?? NOBODY),
        page: { id, name, publicKey },
        generation,
        ingredients: gathered?.ingredients,
        secrets: gathered?.secrets ?? { acsHelperUserToken: '', pubSubHelperAccessUri: '' },
        origin: { actor: deviceActor(id, name, ipAddress ?? undefined), correlationId },
        at: now,
      },
      clock,
      settings,
    ),
  );
  if (!invited) return undefined;
  await follow(invited);
  return { session: invited.session, generation };
}

/** His right may have been withdrawn since he made the code. */
async function isStillAllowed({ rights }: EngineOptions, { tenantId, helper }: CodeHolder, id: DeviceId) {
  return allowsType(await rights.actionsOn(tenantId, helper, scopedDevice(id, undefined)), 'viewScreen');
}
