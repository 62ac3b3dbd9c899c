/**
 * Request parameters as clients of Entra ID send them, turned into those that oidc-provider knows: there is one
 * resource, so `https://host/Some.Read.All` is the permission `Some.Read.All`, and `/.default` stands for all of them.
 */
import { KNOWN_PERMISSIONS } from '../access/known-permissions.ts';

/** Microsoft Graph, by URL and by app id: what clients ask for unless told otherwise. */
const GRAPH = ['https://graph.microsoft.com', '00000003-0000-0000-c000-000000000000'];

/** Of a scope in a message, in characters. */
const LONGEST_QUOTE = 100;

/** What counts as this service where a client names a resource. */
export interface ParameterRules {
  /** Without trailing slash. */
  readonly publicUrl: string;
  /** The origin that the request was addressed to. */
  readonly origin: string;
}

/** An OAuth error (RFC 6749, 5.2). */
export interface OAuthError {
  readonly error: string;
  readonly error_description: string;
}

/** Parameters of the token endpoint; an error where a scope names a resource that is not served here. */
export function tokenParameters(given: URLSearchParams, rules: ParameterRules): URLSearchParams | OAuthError {
  const scopes = wordsOf(given.get('scope')).map((scope) => nameOf(scope, rules));
  const foreign = scopes.indexOf(undefined);
  if (foreign !== -1) {
    const scope = wordsOf(given.get('scope'))[foreign]?.slice(0, LONGEST_QUOTE);
    return invalidScope(`${scope} names a resource that is not served here.`);
  }
  const parameters = new URLSearchParams(given);
  parameters.delete('resource');
  if (given.get('grant_type') === 'client_credentials') {
    if (scopes.length !== 1 || scopes[0] !== '.default') {
      return invalidScope('With client credentials the scope is one resource followed by /.default.');
    }
    parameters.delete('scope');
    return parameters;
  }
  // Leaving the scope out asks for what was granted before.
  if (scopes.includes('.default')) parameters.delete('scope');
  else setScope(parameters, scopes);
  return parameters;
}

/** Parameters of the authorization endpoint. Scopes that are not served are left as they are, and never granted. */
export function authorizeParameters(given: URLSearchParams, rules: ParameterRules): URLSearchParams {
  const parameters = new URLSearchParams(given);
  parameters.delete('resource');
  const scopes = wordsOf(given.get('scope')).flatMap((scope) => {
    const name = nameOf(scope, rules);
    return name === '.default' ? KNOWN_PERMISSIONS : [name ?? scope];
  });
  setScope(parameters, scopes);
  const prompts = wordsOf(given.get('prompt')).flatMap((prompt) => {
    // Consent was given by the admin who registered the application.
    if (prompt === 'consent') return [];
    return prompt === 'select_account' ? ['login'] : [prompt];
  });
  if (prompts.length > 0) parameters.set('prompt', [...new Set(prompts)].join(' '));
  else parameters.delete('prompt');
  return parameters;
}

function setScope(parameters: URLSearchParams, scopes: readonly (string | undefined)[]): void {
  const kept = new Set(scopes);
  kept.delete('offline_access');
  if (kept.size > 0) parameters.set('scope', [...kept].join(' '));
  else parameters.delete('scope');
}

function wordsOf(text: string | null): string[] {
  return (text ?? '').split(' ').filter((word) => word !== '');
}

/** The scope without its resource; undefined when the resource is not this service. */
function nameOf(scope: string, { publicUrl, origin }: ParameterRules): string | undefined {
  const slash = scope.lastIndexOf('/');
  if (slash < 0) return scope;
  // Audiences of v1 end in a slash: `https://graph.microsoft.com//.default`.
  const resource = scope.slice(0, scope[slash - 1] === '/' ? slash - 1 : slash);
  return [publicUrl, origin, ...GRAPH].includes(resource) ? scope.slice(slash + 1) : undefined;
}

function invalidScope(description: string): OAuthError {
  return { error: 'invalid_scope', error_description: description };
}
