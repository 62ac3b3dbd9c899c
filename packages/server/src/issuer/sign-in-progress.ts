/** How far a sign-in has come, and what is due next. Pure: the steps act, this decides. */
import type { InteractionResults, UnknownObject } from 'oidc-provider';
import type { SignInStep } from './paths.ts';

/** The `acr` of a sign-in with two factors: REFEDS' profile, registered with IANA (RFC 6711). */
export const MULTI_FACTOR = 'https://refeds.org/profile/mfa';

/** What a sign-in remembers between its steps; it lies sealed in the store, under the browser's cookie. */
export interface Progress {
  readonly userId: string;
  /** Which password was right. */
  readonly proof: string;
  /** The set-up of the second factor that was passed. */
  readonly passed?: string | undefined;
  /** The person asks to set up a second factor. */
  readonly wantsSetUp: boolean;
  /** The secret that is shown while it is set up. */
  readonly newSecret?: string | undefined;
}

/** What else decides which step is due. */
export interface Facts {
  readonly mustChangePassword: boolean;
  /** The second factor that is set up, if one is. */
  readonly factor: string | undefined;
  readonly isFactorRequired: boolean;
}

/**
 * The step that is due. The code comes before all else: who has a password, and be it one that an admin has just set, may
 * change nothing without it.
 */
export function dueStep(progress: Progress, facts: Facts): Exclude<SignInStep, 'password'> {
  const { factor } = facts;
  if (factor !== undefined && progress.passed !== factor) return 'code';
  if (facts.mustChangePassword) return 'newPassword';
  if (progress.wantsSetUp || (facts.isFactorRequired && factor === undefined)) return 'setUp';
  return 'continue';
}

/** How oidc-provider is told of a sign-in; its cookie goes with the browser window. */
export function loginOf({ userId, passed }: Progress, { factor }: Facts): InteractionResults {
  const isMultiFactor = factor !== undefined && passed === factor;
  return {
    login: { accountId: userId, ...signedInBy(isMultiFactor ? ['pwd', 'otp', 'mfa'] : ['pwd']), remember: false },
  };
}

/**
 * Claims that say how somebody signed in.
 * @param amr names of RFC 8176
 */
export function signedInBy(amr: readonly string[]): { amr: string[]; acr?: string } {
  return { amr: [...amr], ...(amr.includes('mfa') ? { acr: MULTI_FACTOR } : {}) };
}

/** Whether the application asks for a sign-in with two factors (OpenID Connect Core, 3.1.2.1). */
export function wantsMultiFactor(params: UnknownObject | undefined): boolean {
  return String(params?.acr_values ?? '')
    .split(' ')
    .includes(MULTI_FACTOR);
}
