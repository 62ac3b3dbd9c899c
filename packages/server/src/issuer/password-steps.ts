/** Steps of a sign-in: name and password, and a new password where one is due. */
import { changePassword, signIn } from '../access/sign-in.ts';
import { sourceOf } from '../access/source.ts';
import { DomainError } from '../errors.ts';
import { isEncrypted, type PageFacts } from './http.ts';
import { browserOf, rememberBrowser } from './known-browser.ts';
import { passwordForm, signInForm, tooManyAttempts } from './sign-in-forms.ts';
import type { Proven, SignInTurn } from './sign-in-turn.ts';

const REFUSED = 'Name and password do not fit. Check both and try again.';

/** Name and password. */
export async function answerPassword(turn: SignInTurn): Promise<void> {
  const { options, at, source } = turn;
  if (!turn.isPost) {
    await showSignIn(turn, { name: turn.loginHint });
    return;
  }
  const name = turn.field('name').trim();
  const browser = browserOf(at.request);
  const { tenantId } = options;
  const outcome = await signIn(options, {
    tenantId,
    userPrincipalName: name,
    password: turn.field('password'),
    source: sourceOf(source),
    browser,
  });
  if (outcome.kind === 'signedIn') {
    rememberBrowser(at.response, browser, { tenantId, isEncrypted: isEncrypted(at.request) });
    const { user, proof } = outcome;
    // A progress from before, and all that was proven in it, is gone.
    await turn.save({ userId: user.id, proof, wantsSetUp: turn.field('setUp') !== '' });
    turn.goTo('continue');
  } else if (outcome.kind === 'refused') {
    turn.note('password', outcome.userId);
    await showSignIn(turn, { name, status: 401, error: REFUSED });
  } else {
    const { retryAfterSeconds } = outcome;
    turn.note('throttled', undefined);
    await showSignIn(turn, { name, status: 429, error: tooManyAttempts(retryAfterSeconds), retryAfterSeconds });
  }
}

async function showSignIn(
  turn: SignInTurn,
  shown: { name: string; error?: string } & Pick<PageFacts, 'status' | 'retryAfterSeconds'>,
): Promise<void> {
  const { name, error, ...facts } = shown;
  const body = signInForm({
    tenantName: turn.options.tenantName,
    applicationName: await turn.applicationName(),
    userPrincipalName: name,
    wantsSetUp: turn.field('setUp') !== '',
    error,
  });
  turn.show({ ...facts, title: 'Sign in', body });
}

/** A new password, typed twice. */
export async function answerNewPassword(turn: SignInTurn, proven: Proven): Promise<void> {
  if (!turn.isPost) {
    showNewPassword(turn, proven, undefined);
    return;
  }
  try {
    await turn.save({ ...proven.progress, proof: await replacePassword(turn, proven) });
    turn.goTo('continue');
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    if (error.code === 'badRequest') showNewPassword(turn, proven, error.message);
    else if (error.code === 'conflict') turn.goTo('password');
    else throw error;
  }
}

/** @throws DomainError that says what is wrong with the new password, or with the one that it replaces */
function replacePassword(turn: SignInTurn, { progress: { userId, proof } }: Proven): Promise<string> {
  const { options, source } = turn;
  const password = turn.field('password');
  if (password !== turn.field('repeat')) throw new DomainError('badRequest', 'The two passwords differ.');
  return changePassword(options, { tenantId: options.tenantId, userId, proof, password, source });
}

function showNewPassword(turn: SignInTurn, { user }: Proven, error: string | undefined): void {
  const { userPrincipalName } = user;
  turn.show({
    status: error === undefined ? 200 : 400,
    title: 'Choose a new password',
    body: passwordForm({ userPrincipalName, error }),
  });
}
