/** What the server tells the page about itself: nothing of it is secret. */
import type { AuthorizationServer } from 'oauth4webapi';

/** Where and how people sign in. */
export interface ConsoleSettings {
  /** The OpenID Connect issuer. */
  readonly issuer: string;
  readonly clientId: string;
  /** What to ask for, separated by spaces. */
  readonly scope: string;
  /** What the issuer says about itself, where the server knows that. */
  readonly metadata?: AuthorizationServer;
}

/** @throws Error where the server has no issuer for the console */
export function readConsoleSettings(text: string): ConsoleSettings {
  const settings = JSON.parse(text) as ConsoleSettings | { readonly issuer: null };
  if (settings.issuer === null) {
    throw new Error('No issuer is set up: REMOTE_HELP_CONSOLE_ISSUER and REMOTE_HELP_CONSOLE_CLIENT_ID are missing.');
  }
  return settings;
}
