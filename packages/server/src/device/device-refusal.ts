/**
 * Why a device was refused. Whoever proves nothing gets one answer for everything that only the server can know: an
 * unknown device, a bad signature and an unknown token are told apart in the audit log alone.
 */
import { DomainError } from '../errors.ts';

const ENROLLMENT = 'The enrolment is refused: token, key and proof do not fit together.';
const SIGN_IN = 'The assertion is refused: it proves no device that may sign in here.';
const TOKEN = 'Access token validation failure.';

const TEXTS = {
  unknownToken: ENROLLMENT,
  proof: ENROLLMENT,
  expiredToken: 'The enrolment token is expired.',
  usedToken: 'The enrolment token is used up.',
  malformed: 'The assertion is no JSON Web Token as RFC 7523 has it, or lacks a claim.',
  algorithm: 'The assertion must be signed with ES256.',
  audience: 'The assertion is meant for another audience.',
  lifetime: 'The assertion may live 300 seconds at most.',
  clock: 'The assertion is expired or not yet valid by the clock of the server, which the Date header tells.',
  unknownDevice: SIGN_IN,
  signature: SIGN_IN,
  replayed: 'The assertion was used before.',
  parked: 'The device is parked, since it seems to exist twice: it has to be enrolled anew.',
  accessToken: `${TOKEN} It is no access token of a device.`,
  withdrawn: `${TOKEN} The device was deleted, parked or enrolled anew.`,
} as const;

export type DeviceRefusalReason = keyof typeof TEXTS;

export class DeviceRefusal extends DomainError {
  readonly reason: DeviceRefusalReason;
  /** What was proven before it was refused: a token's secret, or a device's key. */
  readonly proven: { readonly tenantId: string; readonly subject: string } | undefined;

  constructor(reason: DeviceRefusalReason, proven?: DeviceRefusal['proven'], cause?: unknown) {
    super('unauthenticated', TEXTS[reason], cause === undefined ? {} : { cause });
    this.reason = reason;
    this.proven = proven;
  }
}
