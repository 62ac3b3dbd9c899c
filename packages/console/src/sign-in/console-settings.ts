/** What the server tells the page about itself: nothing of it is secret. */

/** Where and how people sign in. */
export interface ConsoleSettings {
  /** The OpenID Connect issuer. */
  readonly issuer: string;
  readonly clientId: string;
  /** What to ask for, separated by spaces. */
  readonly scope: string;
}

/** Asks the server. @throws Error where it does not answer, or has no issuer for the console */
export async function fetchConsoleSettings(): Promise<ConsoleSettings> {
  const response = await fetch('/console/settings.json', { credentials: 'omit', cache: 'no-store' });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const settings = (await response.json()) as ConsoleSettings | { readonly issuer: null };
  if (settings.issuer === null) {
    throw new Error('No issuer is set up: REMOTE_HELP_CONSOLE_ISSUER and REMOTE_HELP_CONSOLE_CLIENT_ID are missing.');
  }
  return settings;
}
