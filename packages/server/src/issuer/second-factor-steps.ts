/** Steps of a sign-in: the code of a second factor, and its set-up. */
import { passSecondFactor, setUpSecondFactor } from '../access/second-factor.ts';
import { sourceOf } from '../access/source.ts';
import { newTotpSecret, totpSecretText, totpUri } from '../access/totp.ts';
import { DomainError } from '../errors.ts';
import type { PageFacts } from './http.ts';
import { browserOf } from './known-browser.ts';
import { codeForm, recoveryCodesNote, recoveryCodeUsedNote, setUpForm } from './second-factor-forms.ts';
import { tooManyAttempts } from './sign-in-forms.ts';
import type { Proven, SignInTurn } from './sign-in-turn.ts';

const REFUSED = 'This code does not fit, or was used before. Type the one that the app shows now.';

/** A code of the app, or a recovery code. */
export async function answerCode(turn: SignInTurn, { user, progress }: Proven): Promise<void> {
  const show = (facts: Pick<PageFacts, 'status' | 'retryAfterSeconds'> = {}, error?: string) => {
    const body = codeForm({ userPrincipalName: user.userPrincipalName, error });
    turn.show({ ...facts, title: 'Enter your code', body });
  };
  if (!turn.isPost) {
    show();
    return;
  }
  const { options, at, source: ipAddress } = turn;
  const outcome = await passSecondFactor(options, {
    tenantId: options.tenantId,
    user,
    code: turn.field('code'),
    source: sourceOf(ipAddress),
    browser: browserOf(at.request),
    ipAddress,
  });
  if (outcome.kind === 'refused') {
    turn.note('code', user.id);
    show({ status: 401 }, REFUSED);
  } else if (outcome.kind === 'throttled') {
    const { retryAfterSeconds } = outcome;
    turn.note('codeThrottled', user.id);
    show({ status: 429, retryAfterSeconds }, tooManyAttempts(retryAfterSeconds));
  } else {
    const { recoveryCodesLeft: left, setUpDateTime } = outcome;
    await turn.save({ ...progress, passed: setUpDateTime });
    if (left === undefined) turn.goTo('continue');
    else {
      const body = recoveryCodeUsedNote({ left, continuePath: turn.continuePath });
      turn.show({ title: 'Recovery code used', body });
    }
  }
}

/** Shows a secret until one of its codes is typed, and then the recovery codes, once. */
export async function answerSetUp(turn: SignInTurn, { user, progress, facts }: Proven): Promise<void> {
  const isOptional = facts.factor !== undefined || !facts.isFactorRequired;
  if (turn.isPost && isOptional && turn.field('later')) {
    await turn.save({ ...progress, wantsSetUp: false, newSecret: undefined });
    turn.goTo('continue');
    return;
  }
  const { options, source: ipAddress } = turn;
  const { tenantId, tenantName } = options;
  const secret = progress.newSecret ?? newTotpSecret();
  const show = (error?: string) => {
    const { userPrincipalName } = user;
    const uri = totpUri(secret, { issuer: tenantName, account: userPrincipalName });
    const body = setUpForm({ userPrincipalName, uri, secretText: totpSecretText(secret), isOptional, error });
    turn.show({ status: error === undefined ? 200 : 400, title: 'Set up codes', body });
  };
  if (!turn.isPost || progress.newSecret === undefined) {
    await turn.save({ ...progress, newSecret: secret });
    show();
    return;
  }
  try {
    const given = { tenantId, user, secret, code: turn.field('code'), replaces: facts.factor, ipAddress };
    const { setUpDateTime: passed, recoveryCodes } = await setUpSecondFactor(options, given);
    await turn.save({ ...progress, passed, wantsSetUp: false, newSecret: undefined });
    const body = recoveryCodesNote({ recoveryCodes, continuePath: turn.continuePath });
    turn.show({ title: 'Recovery codes', body });
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code === 'badRequest') show(error.message);
    else if (error.code === 'conflict') turn.goTo('continue');
    else throw error;
  }
}
