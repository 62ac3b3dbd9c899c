/**
 * Entity sets of identity: tenants, keys, accounts, client applications, the embedded issuer's artifacts. No path serves
 * them; they are declared in the model's language so that every store keeps them like any other set.
 */
import {
  boolean,
  dateTimeOffset,
  type EntitySet,
  type EntityType,
  entitySet,
  entityType,
  epochMsOfTicks,
  guid,
  INTERNAL,
  int32,
  NO_DATE,
  type Of,
  parseDateTimeOffset,
  secret,
  string,
  stringCollection,
} from '@open-remote-help/protocol';
import type { Clock, Instant } from '../clock.ts';
import type { Store, StoredEntity, Write } from '../store/store.ts';
import type { KeyRing } from './key-ring.ts';

/** The partition of what belongs to no tenant: tenants themselves, keys, throttled sources. */
export const SYSTEM_TENANT = '00000000-0000-0000-0000-000000000000';

const internal = { path: '', permissions: INTERNAL } as const;
const options = <K extends string>(doc: string, ...alternateKeys: K[]) => ({
  namespace: 'openRemoteHelp',
  doc,
  alternateKeys,
});

export const tenant = entityType(
  'tenant',
  {
    name: string({ doc: 'Lower case, unique; `default` is the first one.', isImmutable: true, maxLength: 64 }),
    displayName: string({ doc: 'Shown on the sign-in page.', maxLength: 256 }),
    firstAdminId: guid({ doc: 'The `oid` of the first admin, chosen with the tenant.', isImmutable: true }),
    createdDateTime: dateTimeOffset(),
  },
  options('An organisation. Its `id` is the `tid` of its tokens.', 'name'),
);

export const key = entityType(
  'key',
  {
    slot: string({ doc: '`kind-generation`; unique, so that two servers agree on one key.', isImmutable: true }),
    kind: string({ doc: 'signing, cookie, data, gateway or code.', isImmutable: true }),
    generation: int32({ doc: 'From 1; the highest of a kind is current.', isImmutable: true }),
    wrapped: string({ doc: 'The key under the master key, base64.', isImmutable: true, isSearchable: false }),
    publicKey: string({ isNullable: true, doc: 'The public JWK of a signing key, JSON.', isImmutable: true }),
    createdDateTime: dateTimeOffset(),
    revokedDateTime: dateTimeOffset({ isNullable: true, doc: 'From then on nothing signed with it is accepted.' }),
  },
  options('A key of the server, wrapped by the master key.', 'slot'),
);

export const user = entityType(
  'user',
  {
    userPrincipalName: string({ doc: 'Lower case; the name to sign in with.', maxLength: 256 }),
    displayName: string({ maxLength: 256 }),
    mail: string({ isNullable: true, maxLength: 256 }),
    passwordHash: secret({ doc: 'scrypt, with its parameters. Empty: no password yet, nobody can sign in.' }),
    mustChangePassword: boolean(),
    isAdmin: boolean(),
    isDisabled: boolean(),
    allowedScopes: stringCollection({ doc: 'Delegated permissions that tokens for this user may carry.' }),
    createdDateTime: dateTimeOffset(),
  },
  options('A local account. Its `id` is the `oid` of its tokens.', 'userPrincipalName'),
);

export const secondFactor = entityType(
  'secondFactor',
  {
    totpSecret: secret({ doc: '160 bits, base64url; RFC 6238.' }),
    lastTotpStep: int32({
      doc: 'The step of the code that was used last: neither it nor an earlier one is taken again.',
    }),
    recoveryCodes: secret({ doc: 'SHA-256 of each that is left, base64url, separated by spaces.' }),
    setUpDateTime: dateTimeOffset({
      doc: 'Says which set-up it is: whoever passed an earlier one has passed nothing.',
    }),
  },
  options('The second factor of a local account. Its `id` is that of the account.'),
);

export const application = entityType(
  'application',
  {
    displayName: string({ doc: 'Unique in the tenant.', maxLength: 256 }),
    objectId: guid({ doc: 'The `oid` of its application tokens.', isImmutable: true }),
    secretHash: secret({ doc: 'SHA-256 of the client secret, base64url. Empty for a public client.' }),
    isPublic: boolean({ doc: 'It cannot keep a secret: no client credentials, PKCE alone.' }),
    allowedRoles: stringCollection({ doc: 'Application permissions of its own tokens.' }),
    redirectUris: stringCollection({ doc: 'Where authorization codes may be sent, compared as text.' }),
    createdDateTime: dateTimeOffset(),
  },
  options('A client application. Its `id` is its client id.', 'displayName'),
);

export const oidcArtifact = entityType(
  'oidcArtifact',
  {
    model: string({ doc: "oidc-provider's name: Session, Grant, AuthorizationCode, …" }),
    payload: secret({ doc: 'JSON.' }),
    uid: string({ isNullable: true, isIndexed: true }),
    userCode: string({ isNullable: true, isIndexed: true }),
    grantId: string({ isNullable: true, isIndexed: true }),
    accountId: string({ isNullable: true, isIndexed: true }),
    clientId: string({ isNullable: true, isIndexed: true }),
    expiresDateTime: dateTimeOffset({ isIndexed: true }),
    consumedDateTime: dateTimeOffset({ defaultValue: NO_DATE, doc: 'When a single-use artifact was used.' }),
  },
  options('What the embedded issuer remembers. Its `id` is a hash, so that a copy of the table opens no session.'),
);

export const signInThrottle = entityType(
  'signInThrottle',
  {
    failures: int32({ doc: 'In a row, since the last success or quiet time.' }),
    blockedUntilDateTime: dateTimeOffset({ doc: 'Until when to wait; of an account, when its strangers are through.' }),
    expiresDateTime: dateTimeOffset({ isIndexed: true }),
  },
  options('Sign-ins of an account, of a source, or of both together. Its `id` is a hash of which.'),
);

export const tokenRevocation = entityType(
  'tokenRevocation',
  {
    accountId: guid({ doc: 'The `oid` of the tokens, of an account or an application.', isImmutable: true }),
    revokedDateTime: dateTimeOffset({ isIndexed: true, isImmutable: true, doc: 'Issued by then they count no more.' }),
    expiresDateTime: dateTimeOffset({ isIndexed: true, isImmutable: true, doc: 'By then they have all expired.' }),
  },
  options('That access tokens of a disabled or removed account count no more.'),
);

export const tenants = entitySet('tenants', tenant, internal);
export const keys = entitySet('keys', key, internal);
export const users = entitySet('identityUsers', user, internal);
export const secondFactors = entitySet('secondFactors', secondFactor, internal);
export const applications = entitySet('applications', application, internal);
export const oidcArtifacts = entitySet('oidcArtifacts', oidcArtifact, internal);
export const signInThrottles = entitySet('signInThrottles', signInThrottle, internal);
export const tokenRevocations = entitySet('tokenRevocations', tokenRevocation, internal);

/** Every set of identity; a store keeps them beside the sets of the model. */
export const identitySets = [
  tenants,
  keys,
  users,
  secondFactors,
  applications,
  oidcArtifacts,
  signInThrottles,
  tokenRevocations,
] as const;

/** What commands and the issuer need to work on accounts and client applications. */
export interface Identity {
  readonly store: Store;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
}

/** The values of a stored entity, typed as declared; secret properties may be `Sealed`. */
export type ValuesOf<E extends EntityType> = Omit<Of<E>, 'id'>;

/** Reads a stored entity's values with the types of its declaration. */
export function valuesOf<E extends EntityType>(_type: E, entity: StoredEntity): ValuesOf<E> {
  return entity.values as ValuesOf<E>;
}

/** The insert of an entity with all its values. */
export function insertOf<E extends EntityType>(
  set: EntitySet<E>,
  tenantId: string,
  id: string,
  values: ValuesOf<E>,
): Extract<Write, { kind: 'insert' }> {
  return { kind: 'insert', set, tenantId, id, values };
}

/** The instant that a stored DateTimeOffset names, epoch milliseconds. */
export function instantOf(text: string): Instant {
  const value = parseDateTimeOffset(text);
  if (!value) throw new Error('Not a DateTimeOffset.');
  return epochMsOfTicks(value.ticks);
}
