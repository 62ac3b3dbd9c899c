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

/** Signs in, on the way to a page of the console. */
export async function signIn(page: Page, account: { readonly name: string; readonly password: string }): Promise<void> {
  await page.locator('input[autocomplete="username"]').fill(account.name);
  await page.locator('input[type="password"]').fill(account.password);
  await page.locator('button.primary').click();
}
