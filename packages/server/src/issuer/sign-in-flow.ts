/** Takes a person through the sign-in that oidc-provider asks for: name and password, a new password where one is due. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InteractionResults, Provider } from 'oidc-provider';
import { findUser, type User } from '../access/accounts.ts';
import type { RefusalLog } from '../access/refusal-log.ts';
import { changePassword, type SignIn, signIn } from '../access/sign-in.ts';
import { sourceOf } from '../access/source.ts';
import { DomainError } from '../errors.ts';
import { addressOf, formTargetOf, isEncrypted, type PageFacts, sendPage } from './http.ts';
import { browserOf, rememberBrowser } from './known-browser.ts';
import { signInPath } from './paths.ts';
import type { TenantIssuer } from './provider-configuration.ts';
import { errorNote, passwordForm, signInForm, tooManyAttempts } from './sign-in-forms.ts';

/** What the flow works with, in one tenant. */
export interface SignInFlowOptions extends TenantIssuer {
  readonly tenantName: string;
  readonly provider: Provider;
  readonly refusals: RefusalLog;
}

/** One request of the flow. */
export interface SignInRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the form that was sent. */
  readonly form: URLSearchParams;
}

type SignedIn = Extract<SignIn, { kind: 'signedIn' }>;
type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** Lies in the interaction between the two steps: whose password was right but has to be replaced, and which one. */
const MUST_CHANGE = 'mustChangePassword';

interface DueChange {
  readonly userId: string;
  readonly proof: string;
}
const REFUSED = 'Name and password do not fit. Check both and try again.';

/** One tenant's sign-in; all that it remembers lies in the interaction. */
export class SignInFlow {
  readonly #options: SignInFlowOptions;

  constructor(options: SignInFlowOptions) {
    this.#options = options;
  }

  /** Answers a request at a step; who has no interaction of their own is told to start again. */
  async answer(step: 'password' | 'newPassword', at: SignInRequest): Promise<void> {
    const interaction = await this.#interactionOf(at);
    if (!interaction) return;
    if (at.request.method === 'POST' && at.form.get('cancel')) {
      await this.#finish(at, { error: 'access_denied', error_description: 'The sign-in was cancelled.' });
    } else if (step === 'password') {
      await this.#answerPassword(at, interaction);
    } else {
      await this.#answerNewPassword(at, interaction);
    }
  }

  /** The cookie of the interaction proves that the form is the browser's own; another's has none or is not for this path. */
  async #interactionOf({ request, response }: SignInRequest): Promise<Interaction | undefined> {
    try {
      const interaction = await this.#options.provider.interactionDetails(request, response);
      const path = signInPath(this.#options.tenantId, interaction.uid);
      if (request.url === path || request.url?.startsWith(`${path}/`)) return interaction;
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'SessionNotFound') throw error;
    }
    const description = 'This sign-in has expired, or was begun in another browser.';
    sendPage(response, { status: 400, title: 'Sign-in expired', body: errorNote('sign_in_expired', description) });
    return undefined;
  }

  async #answerPassword(at: SignInRequest, interaction: Interaction): Promise<void> {
    const hint = interaction.params.login_hint;
    if (at.request.method !== 'POST') {
      await this.#showSignIn(at, interaction, { name: typeof hint === 'string' ? hint : '' });
      return;
    }
    const name = (at.form.get('name') ?? '').trim();
    const source = addressOf(at.request);
    const browser = browserOf(at.request);
    const { tenantId } = this.#options;
    const outcome = await signIn(this.#options, {
      tenantId,
      userPrincipalName: name,
      password: at.form.get('password') ?? '',
      source: sourceOf(source),
      browser,
    });
    if (outcome.kind === 'signedIn') {
      rememberBrowser(at.response, browser, { tenantId, isEncrypted: isEncrypted(at.request) });
      await this.#signedIn(at, interaction, outcome);
    } else if (outcome.kind === 'refused') {
      this.#note('password', source, outcome.userId);
      await this.#showSignIn(at, interaction, { name, status: 401, error: REFUSED });
    } else {
      const { retryAfterSeconds } = outcome;
      this.#note('throttled', source, undefined);
      const error = tooManyAttempts(retryAfterSeconds);
      await this.#showSignIn(at, interaction, { name, status: 429, error, retryAfterSeconds });
    }
  }

  async #signedIn(at: SignInRequest, { uid }: Interaction, { user, proof }: SignedIn): Promise<void> {
    if (!user.mustChangePassword) {
      await this.#finish(at, loginOf(user));
      return;
    }
    const due: DueChange = { userId: user.id, proof };
    await this.#options.provider.interactionResult(at.request, at.response, { [MUST_CHANGE]: due });
    this.#goTo(`${signInPath(this.#options.tenantId, uid)}/new-password`, at);
  }

  async #answerNewPassword(at: SignInRequest, interaction: Interaction): Promise<void> {
    const { store, tenantId } = this.#options;
    const due = interaction.result?.[MUST_CHANGE] as DueChange | undefined;
    const user = due && (await findUser(store, { tenantId, nameOrId: due.userId }));
    if (!due || !user?.mustChangePassword || user.isDisabled) {
      this.#goTo(signInPath(tenantId, interaction.uid), at);
      return;
    }
    if (at.request.method !== 'POST') {
      this.#showNewPassword(at, interaction, user, undefined);
      return;
    }
    const refusal = await this.#replacePassword(at, due);
    if (!refusal) await this.#finish(at, loginOf(user));
    else if (refusal.code === 'badRequest') this.#showNewPassword(at, interaction, user, refusal.message);
    else this.#goTo(signInPath(tenantId, interaction.uid), at);
  }

  /** @returns what is wrong with the new password, or with the one that it replaces */
  async #replacePassword({ form, request }: SignInRequest, due: DueChange): Promise<DomainError | undefined> {
    const password = form.get('password') ?? '';
    if (password !== form.get('repeat')) return new DomainError('badRequest', 'The two passwords differ.');
    const { tenantId } = this.#options;
    try {
      await changePassword(this.#options, { tenantId, ...due, password, source: addressOf(request) });
      return undefined;
    } catch (error) {
      if (error instanceof DomainError && (error.code === 'badRequest' || error.code === 'conflict')) return error;
      throw error;
    }
  }

  #goTo(location: string, { response }: SignInRequest): void {
    response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  }

  async #showSignIn(
    { response }: SignInRequest,
    interaction: Interaction,
    shown: { name: string; error?: string } & Pick<PageFacts, 'status' | 'retryAfterSeconds'>,
  ): Promise<void> {
    const { name, error, ...facts } = shown;
    const { tenantName, provider } = this.#options;
    const client = await provider.Client.find(String(interaction.params.client_id));
    const body = signInForm({
      tenantName,
      applicationName: client?.clientName ?? 'an application',
      userPrincipalName: name,
      error,
    });
    sendPage(response, { ...facts, title: 'Sign in', body, formTargets: targetsOf(interaction) });
  }

  #showNewPassword({ response }: SignInRequest, interaction: Interaction, user: User, error: string | undefined): void {
    const { userPrincipalName } = user;
    sendPage(response, {
      status: error === undefined ? 200 : 400,
      title: 'Choose a new password',
      body: passwordForm({ userPrincipalName, error }),
      formTargets: targetsOf(interaction),
    });
  }

  #finish({ request, response }: SignInRequest, result: InteractionResults): Promise<void> {
    response.setHeader('cache-control', 'no-store');
    return this.#options.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  #note(reason: string, source: string | undefined, subject: string | undefined): void {
    const { refusals, tenantId } = this.#options;
    refusals.note({ tenantId, activity: 'Refuse sign-in', reason, source, subject });
  }
}

/** The session cookie goes with the browser window. */
function loginOf(user: User): InteractionResults {
  return { login: { accountId: user.id, amr: ['pwd'], remember: false } };
}

/** Browsers hold the redirects after a form to the page's policy: it ends at the application. */
function targetsOf({ params }: Interaction): string[] {
  return typeof params.redirect_uri === 'string' ? [formTargetOf(params.redirect_uri)] : [];
}
