/** The engine as it gives out what brings a picture from browser to browser (SHR-17). */
import { DomainError } from '../errors.ts';
import type { DeviceRequester, Requester } from './engine-requests.ts';
import type { EngineWork } from './engine-work.ts';
import { type PictureLease, pictureLease } from './picture-lease.ts';
import { deedRecord, type Origin } from './session-audit.ts';
import { deed } from './steps.ts';

const GIVE_ICE_SERVERS = 'giveRemoteHelpIceServers';

export class PictureSide {
  readonly #work: EngineWork;

  constructor(work: EngineWork) {
    this.#work = work;
  }

  /**
   * Until when a helper who is in may have what brings the picture from browser to browser; it goes on record.
   * @throws DomainError `notFound`, `consentPending`, `forbidden`
   */
  async pictureLease(requester: Requester, sessionId: string): Promise<PictureLease> {
    const { tenantId, objectId } = requester.caller;
    return this.#leasePicture(tenantId, sessionId, objectId, this.#work.actors.origin(requester));
  }

  /** As `pictureLease`, for the device. */
  async pictureLeaseOfDevice(device: DeviceRequester, sessionId: string): Promise<PictureLease> {
    return this.#leasePicture(
      device.tenantId,
      sessionId,
      undefined,
      this.#work.actors.device(device, sessionId).origin,
    );
  }

  async #leasePicture(tenantId: string, sessionId: string, helperId: string | undefined, origin: Origin) {
    const { store, clock } = this.#work.options;
    const session = await this.#work.liveSessionOf(tenantId, sessionId);
    const deviceName = session?.device.name ?? null;
    const subject = { tenantId, resourceId: sessionId, hasSession: true, deviceName };
    try {
      const lease = pictureLease(session, helperId);
      const record = deedRecord(subject, deed(GIVE_ICE_SERVERS), origin, clock.now());
      await store.transact({ reads: [], decide: () => ({ writes: [record], value: undefined }) });
      return lease;
    } catch (error) {
      if (error instanceof DomainError && error.code !== 'unavailable') {
        await this.#work.note(subject, GIVE_ICE_SERVERS, error, origin);
      }
      throw error;
    }
  }
}
