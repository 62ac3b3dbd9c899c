/** Who a device is: enrolment, sign-in, its tokens, parking. Carries out what the pure parts decide, and records refusals. */
import {
  CLIENT_ASSERTION_TYPE,
  type DeviceTokenAnswer,
  deviceAudience,
  type EnrollmentAnswer,
} from '@open-remote-help/protocol';
import type { KeyRing } from '../access/key-ring.ts';
import type { Refusal, RefusalLog } from '../access/refusal-log.ts';
import { type Clock, elapsedMs, type Instant } from '../clock.ts';
import type { Store } from '../store/store.ts';
import type { Cause } from './device-audit.ts';
import type { DeviceName } from './device-presence.ts';
import { DeviceRefusal } from './device-refusal.ts';
import {
  DEVICE_TOKEN_SECONDS,
  type DeviceCaller,
  PAGE_TOKEN_SECONDS,
  signDeviceToken,
  verifyDeviceToken,
} from './device-token.ts';
import { enrollDevice } from './enrollment.ts';
import { readEnrollmentRequest } from './enrollment-request.ts';
import { KnownTokens } from './known-tokens.ts';
import { leave } from './leaving.ts';
import { type ParkedDevice, type ParkReason, parkDevice } from './parking.ts';
import { purgeAssertions, signInDevice } from './sign-in.ts';

export interface DeviceIdentityOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly refusals: Pick<RefusalLog, 'note'>;
  /** The tenant whose log has refusals that prove no tenant. */
  readonly operatorTenantId: string;
  /** Told of each device once it is parked, durably: its sessions end (SES-11). */
  readonly onParked?: (parked: ParkedDevice) => void;
  /** Told of each device once it has another key, durably: what its former key opened is to be closed. */
  readonly onReplaced?: (replaced: DeviceName) => void;
  /** Told of what went wrong on our side. */
  readonly onError: (error: unknown) => void;
}

const PURGE_EVERY_MS = 10 * 60_000;

export class DeviceIdentity {
  readonly #options: DeviceIdentityOptions;
  readonly #known = new KnownTokens();
  #purgedAt: Instant;

  constructor(options: DeviceIdentityOptions) {
    this.#options = options;
    this.#purgedAt = options.clock.now();
  }

  /**
   * @param origin scheme and host at which the device reached the server
   * @throws DomainError `badRequest` naming the member, `conflict`; DeviceRefusal
   */
  async enroll(cause: Cause, origin: string, body: unknown): Promise<EnrollmentAnswer> {
    const { tenantId } = cause;
    const request = readEnrollmentRequest(body);
    const { isReplacement, ...enrolled } = await this.#noting('Refuse enrolment', cause, () =>
      enrollDevice(this.#options.store, cause, request),
    );
    if (isReplacement) this.#options.onReplaced?.({ tenantId, deviceId: enrolled.deviceId });
    const signInEndpoint = `${origin}/device/${tenantId}/token`;
    return { ...enrolled, tenantId, audience: deviceAudience(tenantId), signInEndpoint };
  }

  /** @throws DeviceRefusal */
  signIn(cause: Cause, form: URLSearchParams): Promise<DeviceTokenAnswer> {
    return this.#noting('Refuse device sign-in', cause, () => this.#signIn(cause, form));
  }

  /** @throws DeviceRefusal */
  async verify(cause: Cause, token: string): Promise<DeviceCaller> {
    const { tenantId, now } = cause;
    const verified = this.#noting('Refuse device token', cause, () =>
      verifyDeviceToken(this.#options, token, tenantId, now),
    );
    try {
      const caller = await verified;
      this.#known.add(token, caller);
      return caller;
    } catch (error) {
      if (error instanceof DeviceRefusal) this.#known.delete(token);
      throw error;
    }
  }

  /** Whose token it was when it was last verified here, which costs nothing to ask. Good for no more than a stop. */
  remembered(token: string, now: Instant): DeviceCaller | undefined {
    return this.#known.get(token, now);
  }

  /** At the device's own wish. @throws DeviceRefusal where its key counts no more */
  leave(cause: Cause, caller: DeviceCaller): Promise<void> {
    return this.#noting('Refuse device token', cause, () => leave(this.#options.store, cause, caller));
  }

  /** Refuses both copies of a device until it is enrolled anew. */
  async park(cause: Cause, deviceId: string, reason: ParkReason): Promise<void> {
    if (await parkDevice(this.#options.store, cause, deviceId, reason)) this.#tellParked(cause, deviceId, reason);
  }

  async #signIn(cause: Cause, form: URLSearchParams): Promise<DeviceTokenAnswer> {
    const { store, keyRing } = this.#options;
    const { tenantId, now } = cause;
    const isFit = form.get('grant_type') === 'client_credentials';
    if (!isFit || form.get('client_assertion_type') !== CLIENT_ASSERTION_TYPE) throw new DeviceRefusal('malformed');
    await keyRing.freshen();
    const outcome = await signInDevice(store, cause, form.get('client_assertion') ?? '');
    this.#purge(now);
    const { deviceId } = outcome;
    if (outcome.kind === 'parked') {
      this.#tellParked(cause, deviceId, 'staleGeneration');
      throw new DeviceRefusal('parked', { tenantId, subject: deviceId });
    }
    const seconds = outcome.isPage ? PAGE_TOKEN_SECONDS : DEVICE_TOKEN_SECONDS;
    return {
      access_token: await signDeviceToken(keyRing, { ...outcome, tenantId }, now, seconds),
      token_type: 'Bearer',
      expires_in: seconds,
      generation: outcome.generation,
    };
  }

  #tellParked({ tenantId, now }: Cause, deviceId: string, reason: ParkReason): void {
    this.#options.onParked?.({ tenantId, deviceId, reason, now });
  }

  /** Assertions accrue by sign-ins alone, so that sign-ins can see to it that they are forgotten. */
  #purge(now: Instant): void {
    if (elapsedMs(this.#purgedAt, now) < PURGE_EVERY_MS) return;
    this.#purgedAt = now;
    purgeAssertions(this.#options.store, now).catch(this.#options.onError);
  }

  async #noting<T>(activity: Refusal['activity'], cause: Cause, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof DeviceRefusal) this.#note(activity, cause, error);
      throw error;
    }
  }

  #note(activity: Refusal['activity'], { source }: Cause, { reason, proven }: DeviceRefusal): void {
    // A clock that is wrong is put right by this very answer.
    if (reason === 'clock') return;
    const { refusals, operatorTenantId } = this.#options;
    refusals.note({
      tenantId: proven?.tenantId ?? operatorTenantId,
      activity,
      reason,
      source,
      subject: proven?.subject,
    });
  }
}
