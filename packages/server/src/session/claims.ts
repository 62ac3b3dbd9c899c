/** Claims of codes, by people who are nobody yet: slowed down, noticed, and answered alike unless the code is right. */
import { type ClaimAnswer, deviceAudience, invitations } from '@open-remote-help/protocol';
import { encodeControlEvent } from '@open-remote-help/protocol/events';
import { forgiveGuess, takeGuess } from '../access/guess-throttle.ts';
import { SYSTEM_TENANT, signInThrottles } from '../access/identity-model.ts';
import type { KeyRing } from '../access/key-ring.ts';
import type { RefusalLog } from '../access/refusal-log.ts';
import { sourceOf } from '../access/source.ts';
import { type Clock, elapsedMs, type Instant, toIsoText } from '../clock.ts';
import { PAGE_TOKEN_SECONDS, signDeviceToken } from '../device/device-token.ts';
import { DomainError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { readClaim } from './claim-request.ts';
import { controlEvent, questionsOf } from './control-events.ts';
import { type CodeHolder, codeKeysOf, holderIn } from './invitation-codes.ts';
import { invitationCodes } from './invitation-model.ts';
import { isOpen } from './invited-creation.ts';
import type { InvitedSession } from './invited-sessions.ts';
import type { SessionEngine } from './session-engine.ts';

export interface ClaimsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly sessions: Pick<SessionEngine, 'createInvited'>;
  readonly refusals: Pick<RefusalLog, 'note'>;
  /** Whose audit log has what proves no tenant. */
  readonly operatorTenantId: string;
  /** Told of each claim: `slowed` was not looked at. */
  readonly onClaim: (outcome: 'claimed' | 'refused' | 'slowed') => void;
  /** Told when so many codes were wrong that somebody seems to be guessing. */
  readonly onAlarm: () => void;
  /** Told of what went wrong on our side, and is tried again. */
  readonly onError: (error: unknown) => void;
}

/** Who claims, in which request. */
export interface Claimant {
  readonly now: Instant;
  readonly correlationId: string;
  /** Address that it came from. */
  readonly address: string | undefined;
}

const PURGE_EVERY_MS = 10 * 60_000;
/** For so long it can be seen what became of an invitation. */
const REMEMBERED_MS = 24 * 60 * 60_000;

export class Claims {
  readonly #options: ClaimsOptions;
  #purgedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor(options: ClaimsOptions) {
    this.#options = options;
  }

  /**
   * Makes the page a device, and begins the session of who made the code.
   * @throws DomainError `badRequest` naming the member; `tooManyRequests` while the source has to wait; `notFound`, always
   * the same, for a code that is good for nothing
   */
  async claim(claimant: Claimant, body: unknown): Promise<ClaimAnswer> {
    const { store, sessions, onClaim } = this.#options;
    const { now, correlationId, address } = claimant;
    const { code, publicKey, pageName } = await readClaim(body);
    const guess = { source: sourceOf(address), operatorTenantId: this.#options.operatorTenantId };
    await this.#take(guess, now);
    this.#purge(now);
    const holder = await this.#holderOf(code, now);
    const ipAddress = address ?? null;
    const invited = await sessions.createInvited({ holder, pageName, publicKey, ipAddress, correlationId });
    if (!invited) {
      onClaim('refused');
      this.#note(address);
      throw new DomainError('notFound', NO_GOOD, { target: 'code' });
    }
    await forgiveGuess(store, guess, now);
    onClaim('claimed');
    const token = await this.#tokenFor(invited, now);
    return answerOf(invited, token);
  }

  async #take(guess: Parameters<typeof takeGuess>[1], now: Instant): Promise<void> {
    const { store, onClaim, onAlarm } = this.#options;
    const { waitMs, isAlarm } = await takeGuess(store, guess, now);
    if (isAlarm) onAlarm();
    if (waitMs <= 0) return;
    onClaim('slowed');
    throw new DomainError('tooManyRequests', 'Too many codes were wrong. Wait, then try again.', {
      retryAfterSeconds: Math.ceil(waitMs / 1_000),
    });
  }

  /** Each code costs the same three reads, whether it was given out, is used up or was never made. */
  async #holderOf(code: string, now: Instant): Promise<CodeHolder | undefined> {
    const { store, keyRing } = this.#options;
    await keyRing.freshen();
    const [newest, previous] = codeKeysOf(code, keyRing.codeKeys());
    const [first, second] = [await store.get(newest), await store.get(previous)];
    const row = first ?? second;
    const holder = row && holderIn(row);
    const { tenantId, invitationId: id } = holder ?? { tenantId: SYSTEM_TENANT, invitationId: code };
    const invited = await store.get({ set: invitations, tenantId, id });
    return isOpen(invited, now) ? holder : undefined;
  }

  #tokenFor({ session }: InvitedSession, now: Instant): Promise<string> {
    const { tenantId, device } = session;
    const key = { tenantId, deviceId: device.id, keyThumbprint: device.keyThumbprint ?? '' };
    return signDeviceToken(this.#options.keyRing, key, now, PAGE_TOKEN_SECONDS);
  }

  #note(source: string | undefined): void {
    const { refusals, operatorTenantId } = this.#options;
    refusals.note({ tenantId: operatorTenantId, activity: 'Refuse invitation code', reason: 'code', source });
  }

  /** Codes accrue by invitations, which are of use only where codes are claimed. */
  #purge(now: Instant): void {
    if (elapsedMs(this.#purgedAt, now) < PURGE_EVERY_MS) return;
    this.#purgedAt = now;
    const { store, onError } = this.#options;
    Promise.all([
      store.purge(invitationCodes, 'expiresDateTime', toIsoText(now)),
      store.purge(signInThrottles, 'expiresDateTime', toIsoText(now)),
      store.purge(invitations, 'expirationDateTime', toIsoText(now - REMEMBERED_MS)),
    ]).catch(onError);
  }
}

function answerOf({ session, generation }: InvitedSession, accessToken: string): ClaimAnswer {
  const { tenantId, device, key } = session;
  const [requested] = questionsOf(session).map((event) => encodeControlEvent(controlEvent(session, event)));
  return {
    ...{ tenantId, accessToken, generation },
    deviceId: device.id,
    audience: deviceAudience(tenantId),
    expiresIn: PAGE_TOKEN_SECONDS,
    sessionKey: key,
    requested: requested ?? {},
  };
}

const NO_GOOD = 'The code is not good: mistyped, used already, or too old. Ask for a new one.';
