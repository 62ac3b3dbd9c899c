/** Joins what decides who calls: issuers that are trusted, the record of refusals, and the embedded issuer where it is on. */

import type { TokenVerifier } from '../access/caller.ts';
import { isEmbeddedIssuer, parseIssuers } from '../access/issuers.ts';
import type { KeyRing } from '../access/key-ring.ts';
import { purgeExpired } from '../access/oidc-artifacts.ts';
import { RefusalLog, refusedTokens } from '../access/refusal-log.ts';
import { findTenant, openTenant } from '../access/tenants.ts';
import { TokenRevocations } from '../access/token-revocations.ts';
import { JwtVerifier } from '../access/token-verifier.ts';
import type { Clock } from '../clock.ts';
import { type Config, ConfigError } from '../config.ts';
import type { Log } from '../log.ts';
import type { Store } from '../store/store.ts';
import { createIssuer, type Issuer, type StrangerLimit } from './issuer.ts';

const PURGE_EVERY_MS = 10 * 60 * 1_000;

/** What identity works with. */
export interface IdentityCollaborators {
  readonly config: Pick<Config, 'publicUrl' | 'issuers' | 'organization' | 'isTotpRequired'>;
  readonly store: Store;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: { countRefusedSignIn(reason: string): void };
  readonly strangers: StrangerLimit;
}

/** Who is believed, and the embedded issuer where it is on. */
export interface Identity {
  readonly tokens: TokenVerifier;
  /** Where refusals of devices are recorded too; those that prove no tenant, in the operator's. */
  readonly refusals: RefusalLog;
  readonly operatorTenantId: string;
  /** The default tenant where accounts of our own are used; its first admin may need a password. */
  readonly ownTenantId: string | undefined;
  /** The embedded issuer, where it is on: answers whatever lies below `/{tenant}/`. */
  readonly handle: Issuer['handle'] | undefined;
  /** Writes what is still unrecorded and stops timers. */
  close(): Promise<void>;
}

/** @throws ConfigError when REMOTE_HELP_ISSUERS can't be used */
export async function createIdentity(collaborators: IdentityCollaborators): Promise<Identity> {
  const { config, store, keyRing, clock, log, metrics, strangers } = collaborators;
  const issuers = readIssuers(config.issuers);
  const { id: operatorTenantId } = await openTenant({ store, clock });
  const refusals = new RefusalLog({ store, clock, onError: (err) => log.warn({ err }, 'refusals are not recorded') });
  const record = refusedTokens(refusals, operatorTenantId);
  const tokens = new JwtVerifier({
    keyRing,
    clock,
    revocations: new TokenRevocations({ store, clock }),
    publicUrl: config.publicUrl,
    ...(issuers ? { issuers } : {}),
    organizationOf: async (tenantId) =>
      (tenantId === operatorTenantId ? config.organization : undefined) ??
      (await findTenant(store, tenantId))?.displayName,
    onRefused: (reason, facts) => {
      metrics.countRefusedSignIn(reason);
      record(reason, facts);
    },
  });
  const stopPurging = repeat(clock, PURGE_EVERY_MS, () =>
    purgeExpired(store, clock.now()).catch((err: unknown) => log.warn({ err }, 'expired artifacts stay')),
  );
  const isEmbeddedOn = issuers?.some(({ issuer }) => isEmbeddedIssuer(issuer, config.publicUrl)) ?? true;
  const embedded = isEmbeddedOn
    ? createIssuer({
        ...{ store, clock, keyRing, tokens, refusals, strangers },
        publicUrl: config.publicUrl,
        isTotpRequired: config.isTotpRequired,
        onError: (err) => log.error({ err }, 'the issuer failed'),
      })
    : undefined;
  return {
    tokens,
    refusals,
    operatorTenantId,
    ownTenantId: embedded ? operatorTenantId : undefined,
    handle: embedded?.handle,
    close: async () => {
      stopPurging();
      await refusals.close();
    },
  };
}

function readIssuers(json: string | undefined) {
  if (json === undefined) return undefined;
  try {
    return parseIssuers(json);
  } catch (error) {
    throw new ConfigError((error as Error).message, { cause: error });
  }
}

/** Calls again and again, each time after the last has ended. */
function repeat(clock: Clock, everyMs: number, run: () => Promise<unknown>): () => void {
  let cancel: (() => void) | undefined;
  let isStopped = false;
  const arm = () => {
    if (isStopped) return;
    cancel = clock.at(clock.now() + everyMs, () => void run().finally(arm));
  };
  arm();
  return () => {
    isStopped = true;
    cancel?.();
  };
}
