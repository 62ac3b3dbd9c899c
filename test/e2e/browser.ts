/** The browser that people sit at, and their way in. */
import { type Browser, chromium, type Page } from 'playwright-core';

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];

/** @param env with the variable `DISPLAY`, for a browser that takes pictures of a screen */
export function openBrowser(flags: readonly string[] = [], env: NodeJS.ProcessEnv = process.env): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...FLAGS, ...flags],
    env: env as Record<string, string>,
  });
}

/** Signs in at a page of the console that wants it, in English or German. */
export async function signIn(page: Page, account: { readonly name: string; readonly password: string }): Promise<void> {
  const button = page.getByRole('button', { name: /^(Sign in|Anmelden)$/ });
  const name = page.locator('input[name="userPrincipalName"], input[autocomplete="username"]');
  await button.or(name).first().waitFor();
  if (await button.isVisible()) await button.click();
  await name.fill(account.name);
  await page.locator('input[type="password"]').fill(account.password);
  await page.locator('button.primary').click();
}
