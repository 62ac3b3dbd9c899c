/** Takes a person through the sign-in that oidc-provider asks for. */
import { findSecondFactor } from '../access/second-factor.ts';
import { findProven } from '../access/sign-in.ts';
import { answerNewPassword, answerPassword } from './password-steps.ts';
import type { SignInStep } from './paths.ts';
import { answerCode, answerSetUp } from './second-factor-steps.ts';
import { dueStep, loginOf } from './sign-in-progress.ts';
import { type Proven, type SignInOptions, type SignInRequest, SignInTurn } from './sign-in-turn.ts';

/**
 * Answers a request at a step. Whatever address is asked, nobody gets past the step that is due: it is found anew each
 * time, from the account as it is now. Who has no sign-in of their own is told to start again.
 */
export async function answerSignIn(options: SignInOptions, step: SignInStep, at: SignInRequest): Promise<void> {
  const turn = await SignInTurn.of(options, at);
  if (!turn) return;
  if (turn.isPost && turn.field('cancel')) {
    await turn.finish({ error: 'access_denied', error_description: 'The sign-in was cancelled.' });
    return;
  }
  if (step === 'password') {
    await answerPassword(turn);
    return;
  }
  const proven = await provenAt(turn);
  if (!proven) {
    turn.goTo('password');
    return;
  }
  const due = dueStep(proven.progress, proven.facts);
  if (due !== step) turn.goTo(due);
  else if (due === 'code') await answerCode(turn, proven);
  else if (due === 'newPassword') await answerNewPassword(turn, proven);
  else if (due === 'setUp') await answerSetUp(turn, proven);
  else await turn.finish(loginOf(proven.progress, proven.facts));
}

/** Undefined before the password, and when the account, or its password, is another by now. */
async function provenAt({ options, progress, isFactorRequired }: SignInTurn): Promise<Proven | undefined> {
  if (!progress) return undefined;
  const { tenantId } = options;
  const { userId, proof } = progress;
  const user = await findProven(options, { tenantId, userId, proof });
  if (!user) return undefined;
  const factor = await findSecondFactor(options.store, { tenantId, userId });
  const { mustChangePassword } = user;
  return { user, progress, facts: { mustChangePassword, factor: factor?.setUpDateTime, isFactorRequired } };
}
