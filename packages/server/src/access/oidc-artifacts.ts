/** What the embedded issuer remembers of sign-ins, and how it is forgotten. */
import { type Instant, toIsoText } from '../clock.ts';
import { and, BOOLEAN, type Expression, literal, STRING } from '../store/expression.ts';
import type { Store, StoredEntity } from '../store/store.ts';
import { oidcArtifact, oidcArtifacts, signInThrottles, tokenRevocations } from './identity-model.ts';

/** Artifacts that have something in common. */
export interface ArtifactQuery {
  /** oidc-provider's name of the kind; all kinds when left out. */
  readonly model?: string;
  readonly link: 'uid' | 'userCode' | 'grantId' | 'accountId' | 'clientId';
  readonly value: string;
}

const PAGE = 100;

/** The artifacts of a tenant that fit, at most 100. */
export async function findArtifacts(
  store: Store,
  tenantId: string,
  { model, link, value }: ArtifactQuery,
): Promise<readonly StoredEntity[]> {
  const filter = and(equal(link, value), model === undefined ? undefined : equal('model', model));
  const page = await store.query({ set: oidcArtifacts, tenantId, ...(filter ? { filter } : {}), top: PAGE });
  return page.entities;
}

/** Forgets the artifacts that fit: with them sign-ins, codes, grants and refresh tokens end. */
export async function revokeArtifacts(store: Store, tenantId: string, query: ArtifactQuery): Promise<void> {
  for (;;) {
    const found = await findArtifacts(store, tenantId, query);
    if (found.length === 0) return;
    const writes = found.map(({ id }) => ({ kind: 'delete', set: oidcArtifacts, tenantId, id }) as const);
    await store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
  }
}

/** Deletes what has expired in every tenant: artifacts of the issuer, counts of failed sign-ins, revocations. */
export async function purgeExpired(store: Store, now: Instant): Promise<number> {
  const instant = toIsoText(now);
  const artifacts = await store.purge(oidcArtifacts, 'expiresDateTime', instant);
  const throttles = await store.purge(signInThrottles, 'expiresDateTime', instant);
  return artifacts + throttles + (await store.purge(tokenRevocations, 'expiresDateTime', instant));
}

function equal(name: keyof typeof oidcArtifact.properties, value: string): Expression {
  const left = { kind: 'property', type: STRING, path: [name], property: oidcArtifact.properties[name] } as const;
  return { kind: 'comparison', type: BOOLEAN, operator: 'eq', left, right: literal(value) };
}
