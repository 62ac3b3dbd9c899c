/** What the server tells the page about itself: nothing of it is secret. */

/** The answer of `/console/settings.json`. */
export interface ConsoleSettings {
  /** The OpenID Connect issuer where people sign in. */
  readonly issuer: string;
  readonly clientId: string;
  /** What to ask for, separated by spaces. */
  readonly scope: string;
}

/** Asks the server. @throws Error where it does not answer */
export async function fetchConsoleSettings(): Promise<ConsoleSettings> {
  const response = await fetch('/console/settings.json', { credentials: 'omit', cache: 'no-store' });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return (await response.json()) as ConsoleSettings;
}
