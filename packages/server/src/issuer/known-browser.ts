/**
 * A cookie by which a browser that has signed in before is known again, whatever address it comes from: others who guess
 * at the account do not hold it up. It opens nothing; without the password it is worth nothing.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { KNOWN_MS } from '../access/sign-in-throttle.ts';

const NAME = '_known';
const COOKIE = new RegExp(`(?:^|; *)${NAME}=([\\w-]{43})(?:;|$)`);

/** What the browser shows, or a fresh secret for it. */
export function browserOf(request: IncomingMessage): string {
  return COOKIE.exec(request.headers.cookie ?? '')?.[1] ?? randomBytes(32).toString('base64url');
}

/** Has the browser keep its secret from now on, for the tenant's paths. */
export function rememberBrowser(
  response: ServerResponse,
  browser: string,
  { tenantId, isEncrypted }: { readonly tenantId: string; readonly isEncrypted: boolean },
): void {
  const secure = isEncrypted ? '; secure' : '';
  response.appendHeader(
    'set-cookie',
    `${NAME}=${browser}; path=/${tenantId}; max-age=${KNOWN_MS / 1_000}; samesite=lax; httponly${secure}`,
  );
}
