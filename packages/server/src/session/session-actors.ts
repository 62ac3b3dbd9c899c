/** Who a requester is to a session: token and device key become actors, with rights as they are now. */
import { managedDevices, remoteHelpSessions } from '@open-remote-help/protocol';
import { actorOf } from '../access/audit-record.ts';
import { deviceActor } from '../device/device-audit.ts';
import type { DeviceRequester, Requester } from './engine-requests.ts';
import { actorOfCaller, allowsType, personOf, scopedDevice } from './helper-rights.ts';
import type { DeviceId, SessionId, SessionType } from './session.ts';
import type { Origin } from './session-audit.ts';
import type { EngineOptions } from './session-runner.ts';
import type { Address } from './session-unit.ts';
import type { Actor } from './who-may.ts';

export class SessionActors {
  readonly #options: Pick<EngineOptions, 'store' | 'rights'>;

  constructor(options: Pick<EngineOptions, 'store' | 'rights'>) {
    this.#options = options;
  }

  /** Someone of the session, judged without his rights: what he is to it is enough for a stop. */
  insider({ caller, ipAddress }: Requester): Actor {
    return actorOfCaller(personOf(caller), caller, ipAddress, false);
  }

  /** A device on a session that it names. */
  device({ tenantId, deviceId, ipAddress, correlationId }: DeviceRequester, sessionId: string) {
    const audit = deviceActor(deviceId, null, ipAddress ?? undefined);
    const device = deviceId as DeviceId;
    const address: Address = { tenantId, id: sessionId as SessionId, deviceId: device };
    const actor: Actor = { kind: 'device', deviceId: device, audit };
    return { address, actor, origin: { actor: audit, correlationId } };
  }

  origin({ caller, ipAddress, correlationId }: Requester): Origin {
    return { actor: actorOf(caller, ipAddress), correlationId };
  }

  /** The actor that a requester is to the session at an address. */
  async on(requester: Requester, { id, tenantId, deviceId }: Address): Promise<Actor> {
    const row = await this.#options.store.get({ set: remoteHelpSessions, tenantId, id });
    return this.of(requester, deviceId ?? ('' as DeviceId), (row?.values.sessionType ?? 'unattended') as SessionType);
  }

  /** The actor that a requester is to sessions of a type on a device. */
  async of({ caller, ipAddress }: Requester, deviceId: DeviceId, type: SessionType): Promise<Actor> {
    if (caller.kind === 'application') return actorOfCaller(personOf(caller), caller, ipAddress, false);
    const { store, rights } = this.#options;
    const person = personOf(caller);
    const device = await store.get({ set: managedDevices, tenantId: caller.tenantId, id: deviceId });
    const actions = await rights.actionsOn(caller.tenantId, person, scopedDevice(deviceId, device));
    return actorOfCaller(person, caller, ipAddress, allowsType(actions, type));
  }
}
