/** A device moved by hand: signs whatever a test wants it to, also what no sound device would. */
import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import {
  type DeviceAssertion,
  type DevicePublicKey,
  deviceAudience,
  ENROLLMENT_PROOF_TYPE,
  type EnrollmentRequest,
} from '@open-remote-help/protocol';
import { SignJWT } from 'jose';

export class DeviceHand {
  readonly tenantId: string;
  readonly #pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  constructor(tenantId: string) {
    this.tenantId = tenantId;
  }

  get publicKey(): DevicePublicKey {
    return this.#pair.publicKey.export({ format: 'jwk' }) as unknown as DevicePublicKey;
  }

  get privateKey(): object {
    return this.#pair.privateKey.export({ format: 'jwk' });
  }

  sign(claims: object, header: object = {}): Promise<string> {
    return new SignJWT({ ...claims }).setProtectedHeader({ alg: 'ES256', ...header }).sign(this.#pair.privateKey);
  }

  proof(token: string, claims: object = {}): Promise<string> {
    const bound = {
      aud: deviceAudience(this.tenantId),
      token_hash: createHash('sha256').update(token).digest('base64url'),
    };
    return this.sign({ ...bound, ...claims }, { typ: ENROLLMENT_PROOF_TYPE });
  }

  /** A request to enrol; members may be overridden. */
  async enrollment(token: string, members: object = {}): Promise<EnrollmentRequest> {
    const request = { token, publicKey: this.publicKey, proof: await this.proof(token), deviceName: 'Front desk' };
    return { ...request, ...members };
  }

  /** An assertion that lives a minute from `now`, epoch milliseconds; claims and header may be overridden. */
  assertion(
    deviceId: string,
    generation: string,
    now: number,
    claims: object = {},
    header: object = {},
  ): Promise<string> {
    const seconds = Math.floor(now / 1_000);
    const sound: DeviceAssertion = {
      iss: deviceId,
      sub: deviceId,
      aud: deviceAudience(this.tenantId),
      jti: randomUUID(),
      iat: seconds,
      exp: seconds + 60,
      generation,
    };
    return this.sign({ ...sound, ...claims }, header);
  }
}
