/** `remoteHelp/invitations`: each is its maker's own, and the answer to the creation is the only one that holds the code. */
import { randomUUID } from 'node:crypto';
import { invitations, remoteAssistanceSets } from '@open-remote-help/protocol';
import type { KeyRing } from '../access/key-ring.ts';
import { toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import { allowsType, type HelperRights, personOf, scopedDevice } from '../session/helper-rights.ts';
import { newInvitationCode } from '../session/invitation-codes.ts';
import { readWish } from '../session/new-session.ts';
import { equals, since } from '../session/queries.ts';
import { and, type Expression } from '../store/expression.ts';
import type { Store, Values } from '../store/store.ts';
import { type Behaviours, type Circumstances, SINGLETON_ID } from './behaviours.ts';

interface Collaborators {
  readonly store: Pick<Store, 'get' | 'count'>;
  readonly rights: HelperRights;
  readonly keyRing: Pick<KeyRing, 'codeKeys' | 'freshen'>;
}

const [settingsSet] = remoteAssistanceSets;
const LIFE_MS = 10 * 60_000;
/** Each code that counts is one more that a guess may hit. */
const MOST = 10;

export function invitationBehaviours({ store, rights, keyRing }: Collaborators): Behaviours {
  return {
    invitations: {
      created: async (sent, at) => {
        readWish(sent.sessionType, sent.reason as string | null, sent.ticket as string | null);
        if (sent.sessionType !== 'viewScreen') throw NO_CONTROL;
        await assertAllowed(at, store, rights);
        await keyRing.freshen();
        return newInvitation(sent, at);
      },
      beside: ({ id: invitationId }, { caller, now, request }) => {
        const { tenantId } = caller;
        const origin = new URL(request.serviceRoot).origin;
        const holder = { tenantId, invitationId, helper: personOf(caller), origin };
        const { code, write } = newInvitationCode(holder, keyRing.codeKeys(), now + LIFE_MS);
        return { writes: [write], answered: { code } };
      },
      // Whose it is not is told nothing of it.
      guard: (before, _changes, { caller }) => {
        if (before.values.helperId === caller.objectId) return;
        throw new DomainError('notFound', 'You have no such invitation.');
      },
      visible: ({ caller }) => equals(invitations, 'helperId', caller.objectId),
    },
  };
}

function newInvitation(sent: Values, { caller, now }: Circumstances): Values {
  return {
    ...sent,
    ...{ code: null, state: 'open', helperId: caller.objectId, claimedDateTime: null, sessionId: null },
    createdDateTime: toIsoText(now),
    expirationDateTime: toIsoText(now + LIFE_MS),
  };
}

/** @throws DomainError `forbidden` that names the setting or the right, `tooManyRequests` */
async function assertAllowed(
  { caller, now }: Circumstances,
  store: Collaborators['store'],
  rights: HelperRights,
): Promise<void> {
  const { tenantId } = caller;
  if (caller.kind === 'application') throw new DomainError('forbidden', 'Only a person can invite: he is who helps.');
  const settings = await store.get({ set: settingsSet, tenantId, id: SINGLETON_ID });
  if (settings?.values.remoteAssistanceState !== 'enabled') throw switchedOff('remoteAssistanceState', 'Remote help');
  if (settings.values.allowSessionsToUnenrolledDevices !== true) {
    throw switchedOff('allowSessionsToUnenrolledDevices', 'Help for devices that are not enrolled');
  }
  // The device is not there yet: a scope that names devices or people holds none that nobody knows.
  const anyDevice = scopedDevice(randomUUID(), undefined);
  if (!allowsType(await rights.actionsOn(tenantId, personOf(caller), anyDevice), 'viewScreen')) throw NO_RIGHT;
  if ((await store.count({ set: invitations, tenantId, filter: latestOf(caller.objectId, now) })) < MOST) return;
  throw new DomainError('tooManyRequests', `You made ${MOST} invitations within ten minutes. Withdraw one, or wait.`, {
    retryAfterSeconds: 60,
  });
}

function latestOf(helperId: string, now: number): Expression {
  return and(equals(invitations, 'helperId', helperId), since(invitations, 'expirationDateTime', now)) as Expression;
}

function switchedOff(setting: string, what: string): DomainError {
  return new DomainError('forbidden', `${what} is switched off in this tenant (remoteAssistanceSettings/${setting}).`, {
    target: setting,
  });
}

const NO_CONTROL = new DomainError('badRequest', 'A page in a browser cannot be controlled: use viewScreen.', {
  target: 'sessionType',
});
const NO_RIGHT = new DomainError(
  'forbidden',
  'No role assignment whose scope holds all devices allows you to view a screen.',
);
