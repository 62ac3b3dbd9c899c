/** The engine as the device sees it: what it is asked, and what it decides (SES-8). */
import type { ControlEvent } from '@open-remote-help/protocol/events';
import { DomainError } from '../errors.ts';
import { controlEvent, helperIdOf, questionsOf } from './control-events.ts';
import { dueDeadline } from './deadlines.ts';
import type { DeviceRequester, JoinAnswer } from './engine-requests.ts';
import type { EngineWork } from './engine-work.ts';
import { type DeviceId, type Grants, isLive, type LiveSession } from './session.ts';
import { liveKey, sessionOf, slotKey } from './session-rows.ts';
import { activityOf } from './session-unit.ts';
import { GONE } from './steps.ts';

export class DeviceSide {
  readonly #work: EngineWork;

  constructor(work: EngineWork) {
    this.#work = work;
  }

  /**
   * The id of the session that a device names.
   * @param attempted what it wants to do
   * @throws DomainError `notFound`, put on record, where the key is that of no session on this device
   */
  async sessionOn(
    device: DeviceRequester,
    sessionKey: string,
    attempted: 'join' | 'accept' | 'decline' | 'narrow' | 'end' | 'joinRelay',
  ): Promise<string> {
    const { tenantId, deviceId } = device;
    const held = attempted === 'end' ? this.#work.runner.held.byKey(tenantId, sessionKey) : undefined;
    // No question to the store: it may be away.
    if (held?.device.id === deviceId) return held.id;
    const row = await this.#work.rowWithKey(tenantId, sessionKey);
    if (row?.values.deviceId === deviceId) return row.id;
    const { origin } = this.#work.actors.device(device, '');
    await this.#work.note(
      { tenantId, resourceId: '', hasSession: false, deviceName: null },
      activityOf({ kind: attempted }),
      GONE,
      origin,
    );
    throw new DomainError('notFound', 'There is no such session on this device.', { target: 'sessionKey' });
  }

  /** Whether it is a page in a browser that takes part in a live session. */
  async isPage(tenantId: string, deviceId: string): Promise<boolean> {
    const row = await this.#work.options.store.get(slotKey(tenantId, deviceId as DeviceId));
    return row !== undefined && sessionOf(row).device.isUnenrolled === true;
  }

  /** What a device is asked now, for when it connects. */
  async messagesFor({ tenantId, deviceId }: DeviceRequester): Promise<ControlEvent[]> {
    const row = await this.#work.options.store.get(slotKey(tenantId, deviceId as DeviceId));
    const session = row && sessionOf(row);
    if (!session || !isLive(session) || dueDeadline(session, this.#work.options.clock.now())) return [];
    return questionsOf(session).map((event) => controlEvent(session, event));
  }

  async join(device: DeviceRequester, sessionId: string): Promise<JoinAnswer> {
    const { channel, tokens } = this.#work.options;
    const { step } = await this.#work.answer(device, sessionId, { kind: 'join' });
    const session = step.session as LiveSession;
    const row = await this.#work.options.store.get(liveKey(session.id));
    const { tenantId, id, lease, capAt } = session;
    const right = { tenantId, sessionId: id, party: 'sharer', generation: lease.generation } as const;
    const admitted = session.connections.filter((each) => each.isAdmitted && each.party !== 'sharer');
    return {
      id,
      sessionKey: session.key,
      state: session.state,
      sessionType: session.type,
      grants: session.state === 'active' ? session.grants : null,
      acsSharerUserId: session.sharerIdentity,
      acsSharerUserToken: await tokens.issue({ tenantId, sessionId: id, identity: session.sharerIdentity }, capAt),
      acsGroupId: session.acsGroupId,
      pubSubGroupId: session.groupId,
      pubSubSharerAccessUri: await channel.accessUri(right, capAt, device.origin),
      sessionExpirationDateTime: lease.text,
      isChatBlocked: session.isChatBlocked,
      connections: row
        ? await Promise.all(
            admitted.map(async (each) => ({
              connectionId: each.id,
              helperId: helperIdOf(each.party),
              ...(await this.#work.secrets.pairOf(session, row, each.id)),
            })),
          )
        : [],
    };
  }

  /** @param promptId which question, where it is not the first one */
  async accept(device: DeviceRequester, sessionId: string, grants: Grants, promptId?: string): Promise<void> {
    await this.#work.answer(device, sessionId, {
      kind: 'accept',
      grants,
      ...(promptId === undefined ? {} : { promptId }),
    });
  }

  async decline(
    device: DeviceRequester,
    sessionId: string,
    answer: { readonly promptId?: string; readonly isReported?: boolean } = {},
  ): Promise<void> {
    await this.#work.answer(device, sessionId, { kind: 'decline', ...answer });
  }

  async narrow(device: DeviceRequester, sessionId: string, grants: Grants): Promise<void> {
    await this.#work.answer(device, sessionId, { kind: 'narrow', grants });
  }

  /** The sharer's stop: it counts at once, also while the store is away. */
  async stop(device: DeviceRequester, sessionId: string): Promise<void> {
    const { address, actor, origin } = this.#work.actors.device(device, sessionId);
    await this.#work.stop(address, actor, origin);
  }
}
