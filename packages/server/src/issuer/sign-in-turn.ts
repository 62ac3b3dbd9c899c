/** One request of a sign-in: what the browser sent, and the ways to answer it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InteractionResults, Provider } from 'oidc-provider';
import type { User } from '../access/accounts.ts';
import type { RefusalLog } from '../access/refusal-log.ts';
import { addressOf, formTargetOf, type PageFacts, sendPage } from './http.ts';
import { type SignInStep, signInPath, stepPath } from './paths.ts';
import type { TenantIssuer } from './provider-configuration.ts';
import { errorNote } from './sign-in-forms.ts';
import { type Facts, type Progress, wantsMultiFactor } from './sign-in-progress.ts';

/** What a sign-in works with, in one tenant. */
export interface SignInOptions extends TenantIssuer {
  readonly tenantName: string;
  readonly provider: Provider;
  readonly refusals: RefusalLog;
}

/** A request as it came. */
export interface SignInRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the form that was sent. */
  readonly form: URLSearchParams;
}

/** Somebody whose password was right, how far they have come, and what decides what is due. */
export interface Proven {
  readonly user: User;
  readonly progress: Progress;
  readonly facts: Facts;
}

type Interaction = Awaited<ReturnType<Provider['interactionDetails']>>;

/** Where the progress lies in the interaction. */
const PROGRESS = 'progress';

/** One request of a sign-in whose browser is known to have begun it. */
export class SignInTurn {
  readonly options: SignInOptions;
  readonly at: SignInRequest;
  readonly #interaction: Interaction;

  private constructor(options: SignInOptions, at: SignInRequest, interaction: Interaction) {
    this.options = options;
    this.at = at;
    this.#interaction = interaction;
  }

  /**
   * The cookie of the interaction proves that the form is the browser's own; another's has none or is not for this path.
   * @returns undefined, with the answer sent, for who has no interaction of their own
   */
  static async of(options: SignInOptions, at: SignInRequest): Promise<SignInTurn | undefined> {
    const { request, response } = at;
    try {
      const interaction = await options.provider.interactionDetails(request, response);
      const path = signInPath(options.tenantId, interaction.uid);
      if (request.url === path || request.url?.startsWith(`${path}/`)) return new SignInTurn(options, at, interaction);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'SessionNotFound') throw error;
    }
    const description = 'This sign-in has expired, or was begun in another browser.';
    sendPage(response, { status: 400, title: 'Sign-in expired', body: errorNote('sign_in_expired', description) });
    return undefined;
  }

  get isPost(): boolean {
    return this.at.request.method === 'POST';
  }

  /** The client's address. */
  get source(): string | undefined {
    return addressOf(this.at.request);
  }

  /** What was typed into a field. */
  field(name: string): string {
    return this.at.form.get(name) ?? '';
  }

  /** Whom the application expects. */
  get loginHint(): string {
    const hint = this.#interaction.params.login_hint;
    return typeof hint === 'string' ? hint : '';
  }

  async applicationName(): Promise<string> {
    const client = await this.options.provider.Client.find(String(this.#interaction.params.client_id));
    return client?.clientName ?? 'an application';
  }

  get isFactorRequired(): boolean {
    return this.options.isTotpRequired || wantsMultiFactor(this.#interaction.params);
  }

  get progress(): Progress | undefined {
    return this.#interaction.result?.[PROGRESS] as Progress | undefined;
  }

  async save(progress: Progress): Promise<void> {
    const { request, response } = this.at;
    await this.options.provider.interactionResult(request, response, { [PROGRESS]: progress });
  }

  goTo(step: SignInStep): void {
    const location = stepPath(this.options.tenantId, this.#interaction.uid, step);
    this.at.response.writeHead(303, { location, 'cache-control': 'no-store' }).end();
  }

  /** Browsers hold the redirects after a form to the page's policy: it ends at the application. */
  show(facts: PageFacts): void {
    const { redirect_uri: uri } = this.#interaction.params;
    sendPage(this.at.response, { ...facts, formTargets: typeof uri === 'string' ? [formTargetOf(uri)] : [] });
  }

  /** The address for forms that lead on. */
  get continuePath(): string {
    return stepPath(this.options.tenantId, this.#interaction.uid, 'continue');
  }

  /** Hands the outcome to oidc-provider, which leads to the application. */
  finish(result: InteractionResults): Promise<void> {
    const { request, response } = this.at;
    response.setHeader('cache-control', 'no-store');
    return this.options.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  /** Records a refusal. */
  note(reason: 'password' | 'throttled' | 'code' | 'codeThrottled', subject: string | undefined): void {
    const { refusals, tenantId } = this.options;
    refusals.note({ tenantId, activity: 'Refuse sign-in', reason, source: this.source, subject });
  }
}
