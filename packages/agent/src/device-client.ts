/** A device's own side of its identity: enrols with a token, then signs in with its key, generation after generation. */
import { createHash, randomUUID } from 'node:crypto';
import {
  CLIENT_ASSERTION_TYPE,
  type DeviceAssertion,
  type DeviceFacts,
  type DeviceTokenAnswer,
  type DeviceTokenError,
  deviceAudience,
  ENROLLMENT_PROOF_TYPE,
  type EnrollmentAnswer,
  readEnrollmentTokenText,
} from '@open-remote-help/protocol';
import type { DeviceSigner } from '@open-remote-help/protocol/events';
import { type Instant, readHttpDate, systemNow } from './clock.ts';
import { DeviceError } from './device-error.ts';
import { type EnrolledDevice, readDeviceFile, writeDeviceFile } from './device-file.ts';
import { deviceSigner, newDeviceKey, publicKeyOf, signJws } from './device-key.ts';
import { trustedServer } from './secure-url.ts';
import { bodyOf, post, refusalOf } from './server-answers.ts';

export interface DeviceClientOptions {
  /** Where key and generation lie; made at the first enrolment, readable by its owner alone. */
  readonly file: string;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => Instant;
}

export interface DeviceSignIn {
  readonly deviceId: string;
  /** Where the device's routes are: `https://host/device/{tenantId}/`. */
  readonly routes: string;
  readonly accessToken: string;
  /** By this machine's clock. */
  readonly expiresAt: Instant;
}

const ASSERTION_SECONDS = 60;

export class DeviceClient {
  readonly #file: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #now: () => Instant;
  /** How far the server's clock is ahead of ours, in milliseconds. */
  #aheadMs = 0;
  /** One thing at a time: two sign-ins at once would look like two devices. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ file, fetch = globalThis.fetch, now = systemNow }: DeviceClientOptions) {
    this.#file = file;
    this.#fetch = fetch;
    this.#now = now;
  }

  /**
   * Enrols with a new key. Where it broke off, calling it again with the same token goes on with the same key. A device
   * that is enrolled stays what it is until the server has said yes.
   * @param server scheme and host; https, or this machine itself
   * @throws DeviceError
   */
  enroll(server: string, token: string, facts: DeviceFacts): Promise<EnrolledDevice> {
    return this.#alone(() => this.#enroll(server, token, facts));
  }

  /**
   * Signs in. The next generation is on disk before the token is given out.
   * @throws DeviceError
   */
  signIn(): Promise<DeviceSignIn> {
    return this.#alone(() => this.#signIn());
  }

  /**
   * What signs for this device's end of a session.
   * @throws DeviceError `notEnrolled`
   */
  async signer(): Promise<DeviceSigner> {
    const { enrolled } = await readDeviceFile(this.#file);
    if (!enrolled) throw notEnrolled();
    return deviceSigner(enrolled.privateKey);
  }

  async #enroll(server: string, token: string, facts: DeviceFacts): Promise<EnrolledDevice> {
    const { origin } = trustedServer(server);
    const tenantId = readEnrollmentTokenText(token)?.tenantId;
    if (tenantId === undefined) throw new DeviceError('refused', 'This is no enrolment token.');
    const tokenHash = createHash('sha256').update(token).digest('base64url');
    const { enrolled: former, pending } = await readDeviceFile(this.#file);
    const privateKey = pending?.tokenHash === tokenHash ? pending.privateKey : newDeviceKey();
    await writeDeviceFile(this.#file, { ...(former ? { enrolled: former } : {}), pending: { tokenHash, privateKey } });
    const proof = signJws(
      privateKey,
      { typ: ENROLLMENT_PROOF_TYPE },
      { aud: deviceAudience(tenantId), token_hash: tokenHash },
    );
    const response = await post(this.#fetch, new URL(`/device/${tenantId}/enroll`, origin), {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...facts, token, publicKey: publicKeyOf(privateKey), proof }),
    });
    const answer = (await bodyOf(response)) as Partial<EnrollmentAnswer> & { error?: { message?: string } };
    if (response.status !== 201) throw refusalOf(response, answer.error?.message);
    const enrolled = enrolledBy(answer, origin, privateKey);
    await writeDeviceFile(this.#file, { enrolled });
    return enrolled;
  }

  async #signIn(): Promise<DeviceSignIn> {
    const { enrolled, ...rest } = await readDeviceFile(this.#file);
    if (!enrolled) throw notEnrolled();
    const answer = await this.#token(enrolled, true);
    await writeDeviceFile(this.#file, { ...rest, enrolled: { ...enrolled, generation: answer.generation } });
    return {
      deviceId: enrolled.deviceId,
      routes: new URL(`/device/${enrolled.tenantId}/`, enrolled.signInEndpoint).href,
      accessToken: answer.access_token,
      expiresAt: this.#now() + answer.expires_in * 1_000,
    };
  }

  async #token(device: EnrolledDevice, mayCorrectClock: boolean): Promise<DeviceTokenAnswer> {
    const response = await post(this.#fetch, new URL(device.signInEndpoint), {
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: CLIENT_ASSERTION_TYPE,
        client_assertion: this.#assertion(device),
      }),
    });
    const answer = (await bodyOf(response)) as Partial<DeviceTokenAnswer & DeviceTokenError>;
    if (response.status === 200) return tokenAnswerOf(answer);
    const serverNow = readHttpDate(response.headers.get('date'));
    if (answer.reason === 'clock' && mayCorrectClock && serverNow !== undefined) {
      this.#aheadMs = serverNow - this.#now();
      return this.#token(device, false);
    }
    throw refusalOf(response, answer.error_description, answer.reason);
  }

  #assertion({ deviceId, audience, generation, privateKey }: EnrolledDevice): string {
    const iat = Math.floor((this.#now() + this.#aheadMs) / 1_000);
    const exp = iat + ASSERTION_SECONDS;
    const claims: DeviceAssertion = {
      iss: deviceId,
      sub: deviceId,
      aud: audience,
      jti: randomUUID(),
      iat,
      exp,
      generation,
    };
    return signJws(privateKey, { typ: 'client-authentication+jwt' }, claims);
  }

  #alone<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act, act);
    this.#last = turn;
    return turn;
  }
}

/** What is kept decides where the key signs in from now on. */
function enrolledBy(
  answer: Partial<EnrollmentAnswer>,
  origin: string,
  privateKey: EnrolledDevice['privateKey'],
): EnrolledDevice {
  const { deviceId, tenantId, audience, signInEndpoint, generation } = answer;
  const kept = { deviceId, tenantId, audience, signInEndpoint, generation };
  if (Object.values(kept).some((value) => typeof value !== 'string' || value === '')) {
    throw new DeviceError('untrusted', 'The answer to the enrolment lacks something.');
  }
  if (URL.parse(signInEndpoint ?? '')?.origin !== origin) {
    throw new DeviceError('untrusted', `The server at ${origin} leads to ${signInEndpoint} to sign in.`);
  }
  return { ...(kept as EnrollmentAnswer), privateKey };
}

function notEnrolled(): DeviceError {
  return new DeviceError('notEnrolled', 'This device is not enrolled.');
}

function tokenAnswerOf(answer: Partial<DeviceTokenAnswer>): DeviceTokenAnswer {
  const { access_token, expires_in, generation } = answer;
  const isWhole = typeof access_token === 'string' && typeof expires_in === 'number' && typeof generation === 'string';
  if (!isWhole) throw new DeviceError('untrusted', 'The answer to the sign-in lacks something.');
  return { access_token, token_type: 'Bearer', expires_in, generation };
}
