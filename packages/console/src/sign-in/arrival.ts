/**
 * How a page of the console begins: sends people to the issuer, and answers what comes back from there. Nothing that
 * draws is needed for it.
 */
import { systemClock } from '../clock.ts';
import { navigate } from '../shell/router.ts';
import { fetchConsoleSettings } from './console-settings.ts';
import { keepPendingSignIn, takePendingSignIn } from './pending-sign-in.ts';
import { SignInSession } from './sign-in-session.ts';
import { SIGN_IN_CHANNEL, WINDOW_STATE } from './sign-in-window.ts';

const SIGNED_OUT = '/signed-out';
const SIGNED_IN = '/signed-in';

/** `busy`: on the way to the issuer. */
export type Entry =
  | { readonly kind: 'busy' | 'windowCloses' | 'signedOut' }
  | { readonly kind: 'failed'; readonly of: 'settings' | 'signIn'; readonly detail: string }
  | { readonly kind: 'in'; readonly session: SignInSession };

/** Whether who comes to this path is sent to the issuer before anything else. */
export function leadsAway(path: string): boolean {
  return path !== SIGNED_OUT && path !== SIGNED_IN;
}

/** Once for each page: a code is good once. Never rejects. */
export async function arrive(): Promise<Entry> {
  const { pathname, search, hash } = location;
  if (pathname === SIGNED_OUT) return { kind: 'signedOut' };
  const state = new URLSearchParams(search).get('state') ?? '';
  if (pathname === SIGNED_IN && state.startsWith(WINDOW_STATE)) {
    answerOpener(search);
    return { kind: 'windowCloses' };
  }
  let session: SignInSession;
  try {
    session = await SignInSession.open(await fetchConsoleSettings(), systemClock, location.origin);
  } catch (error) {
    return { kind: 'failed', of: 'settings', detail: messageOf(error) };
  }
  try {
    if (pathname === SIGNED_IN) return await finish(session, search);
    await startSignIn(session, `${pathname}${search}${hash}`);
    return { kind: 'busy' };
  } catch (error) {
    return { kind: 'failed', of: 'signIn', detail: messageOf(error) };
  }
}

/** Sends the browser to the issuer; it comes back to where it was. */
async function startSignIn(session: SignInSession, returnTo: string): Promise<void> {
  const { pending, url } = await session.begin(returnTo);
  keepPendingSignIn(sessionStorage, pending);
  location.assign(url);
}

async function finish(session: SignInSession, query: string): Promise<Entry> {
  const pending = takePendingSignIn(sessionStorage);
  if (!pending) {
    // Come back to by the history, or a bookmark: begin anew.
    await startSignIn(session, '/');
    return { kind: 'busy' };
  }
  await session.finish(query, pending);
  navigate(pending.returnTo, { replace: true });
  return { kind: 'in', session };
}

function answerOpener(query: string): void {
  const channel = new BroadcastChannel(SIGN_IN_CHANNEL);
  channel.postMessage({ query });
  channel.close();
  window.close();
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  const { error_description: description } = error as Error & { readonly error_description?: string };
  return description ?? error.message;
}
