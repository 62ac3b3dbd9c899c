/** Client applications of the embedded issuer. */
import { hash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import { isGuid } from '@open-remote-help/protocol';
import { toIsoText } from '../clock.ts';
import { DomainError } from '../errors.ts';
import type { EntityKey, Store, StoredEntity } from '../store/store.ts';
import { accountAudit, type Origin } from './account-audit.ts';
import { application, applications, type Identity, insertOf, type ValuesOf, valuesOf } from './identity-model.ts';
import { isPermissionName } from './known-permissions.ts';
import { isLoopback } from './loopback.ts';
import { revokeArtifacts } from './oidc-artifacts.ts';
import { isConflict } from './tenants.ts';
import { revocationWrite } from './token-revocations.ts';

/** A client application, without its secret. */
export interface Application extends Omit<ValuesOf<typeof application>, 'secretHash'> {
  /** Its client id. */
  readonly id: string;
}

/** What makes a client application. */
export interface NewApplication {
  readonly tenantId: string;
  readonly displayName: string;
  /** Application permissions of its own tokens. */
  readonly allowedRoles?: readonly string[];
  readonly redirectUris?: readonly string[];
  /** It cannot keep a secret: a page, a command line. */
  readonly isPublic?: boolean;
}

/** Names an application by its client id or display name. */
export interface ApplicationName {
  readonly tenantId: string;
  readonly nameOrId: string;
}

const MOST_APPLICATIONS = 10_000;
const SECRET_BYTES = 32;
/** RFC 8252, 7.1: a private scheme is a domain name in reverse. */
const PRIVATE_SCHEME = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/;

/** All applications of a tenant, in the order of their names. */
export async function listApplications(store: Store, tenantId: string): Promise<Application[]> {
  const { entities } = await store.query({ set: applications, tenantId, top: MOST_APPLICATIONS });
  return entities.map(applicationOf).sort((a, b) => (a.displayName < b.displayName ? -1 : 1));
}

/**
 * Registers an application.
 * @returns it, and its client secret unless it is public: nothing can show the secret again
 * @throws DomainError `badRequest`, or `conflict` when the name is taken
 */
export async function addApplication(
  { store, clock }: Identity,
  given: NewApplication,
  origin?: Origin,
): Promise<{ application: Application; clientSecret: string | undefined }> {
  const { tenantId } = given;
  const now = clock.now();
  const id = randomUUID();
  const clientSecret = given.isPublic ? undefined : randomBytes(SECRET_BYTES).toString('base64url');
  const values: ValuesOf<typeof application> = {
    ...assertedValues(given),
    objectId: randomUUID(),
    secretHash: clientSecret === undefined ? '' : hashSecret(clientSecret),
    createdDateTime: toIsoText(now),
  };
  const record = accountAudit({
    tenantId,
    now,
    operationType: 'Create',
    activityType: 'createApplication',
    activity: 'Create application',
    set: applications,
    id,
    displayName: values.displayName,
    changes: values,
    origin,
  });
  const insert = insertOf(applications, tenantId, id, values);
  try {
    await store.transact({ reads: [], decide: () => ({ writes: [insert, record], value: undefined }) });
  } catch (error) {
    if (!isConflict(error)) throw error;
    throw new DomainError('conflict', `There is an application ${values.displayName} already.`, {
      target: 'displayName',
    });
  }
  return { application: applicationOf({ id, version: 1, values }), clientSecret };
}

/** Removes an application: it gets no tokens any more. @throws DomainError `notFound` */
export async function removeApplication(
  { store, clock }: Identity,
  { tenantId, nameOrId }: ApplicationName,
  origin?: Origin,
): Promise<void> {
  const now = clock.now();
  const removed = await store.transact({
    reads: [applicationKey({ tenantId, nameOrId })],
    decide: ([before]) => {
      if (!before) throw new DomainError('notFound', `There is no application ${nameOrId}.`);
      const { id } = before;
      const record = accountAudit({
        tenantId,
        now,
        operationType: 'Delete',
        activityType: 'deleteApplication',
        activity: 'Delete application',
        set: applications,
        id,
        displayName: String(before.values.displayName),
        origin,
      });
      const revocation = revocationWrite(applicationOf(before).objectId, now);
      return { writes: [{ kind: 'delete', set: applications, tenantId, id }, record, revocation], value: id };
    },
  });
  await revokeArtifacts(store, tenantId, { link: 'clientId', value: removed });
}

/** Where the store keeps the application of that name. */
export function applicationKey({ tenantId, nameOrId }: ApplicationName): EntityKey {
  return isGuid(nameOrId)
    ? { set: applications, tenantId, id: nameOrId.toLowerCase() }
    : { set: applications, tenantId, alternateKey: 'displayName', value: nameOrId };
}

/** The application in a row, without its secret. */
export function applicationOf(row: StoredEntity): Application {
  const { secretHash: _, ...values } = valuesOf(application, row);
  return { id: row.id, ...values };
}

/** A client secret is random, not chosen: a plain hash keeps it. */
export function hashSecret(clientSecret: string): string {
  return hash('sha256', clientSecret, 'base64url');
}

/** Whether a client secret has this hash. */
export function secretMatches(clientSecret: string, secretHash: string): boolean {
  const [actual, expected] = [Buffer.from(hashSecret(clientSecret)), Buffer.from(secretHash)];
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function assertedValues({ displayName, allowedRoles = [], redirectUris = [], isPublic = false }: NewApplication) {
  if (displayName.trim() === '' || displayName.length > 256 || isGuid(displayName)) {
    throw new DomainError('badRequest', 'An application needs a name that is no GUID.', { target: 'displayName' });
  }
  const odd = allowedRoles.find((role) => !isPermissionName(role));
  if (odd !== undefined) {
    throw new DomainError('badRequest', `${JSON.stringify(odd)} is no name of a permission.`, { target: 'role' });
  }
  if (isPublic && allowedRoles.length > 0) {
    throw new DomainError('badRequest', 'A public application keeps no secret: it can hold no roles.', {
      target: 'role',
    });
  }
  for (const uri of redirectUris) assertRedirectUri(uri, isPublic);
  return { displayName, allowedRoles, redirectUris, isPublic };
}

function assertRedirectUri(uri: string, isPublic: boolean): void {
  const url = URL.parse(uri);
  const isSafe =
    url &&
    (url.protocol === 'https:' ||
      (url.protocol === 'http:' && isLoopback(url.hostname)) ||
      (isPublic && PRIVATE_SCHEME.test(url.protocol)));
  if (!isSafe || uri.includes('#') || url.username || url.password) {
    throw new DomainError(
      'badRequest',
      `${JSON.stringify(uri)} cannot be redirected to: https, http on this machine or, for a public application, a scheme like com.example.app, and no fragment.`,
      { target: 'redirectUri' },
    );
  }
}
