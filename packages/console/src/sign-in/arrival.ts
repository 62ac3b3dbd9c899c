/**
 * How a page of the console begins: sends people to the issuer, and answers what comes back from there. Nothing that
 * draws is needed for it.
 */
import { systemClock } from '../clock.ts';
import { readConsoleSettings } from './console-settings.ts';
import { isKnownHere, noteKnownHere } from './known-here.ts';
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
    const told = document.querySelector<HTMLMetaElement>('meta[name="settings"]')?.content ?? '';
    session = await SignInSession.open(readConsoleSettings(told), systemClock, location.origin);
  } catch (error) {
    return { kind: 'failed', of: 'settings', detail: messageOf(error) };
  }
  try {
    if (pathname === SIGNED_IN) return await finish(session, search);
    if (isKnownHere(localStorage) && session.isIssuerHere && (await isInQuietly(session)))
      return { kind: 'in', session };
    await startSignIn(session, `${pathname}${search}${hash}`);
    return { kind: 'busy' };
  } catch (error) {
    return { kind: 'failed', of: 'signIn', detail: messageOf(error) };
  }
}

/** Whether who comes here is likely to get in without being asked anything. */
export function isExpected(): boolean {
  const { pathname } = location;
  return pathname === SIGNED_IN || (pathname !== SIGNED_OUT && isKnownHere(localStorage));
}

/** Whatever keeps the issuer from answering, it has the person sign in next, and tells them what is wrong. */
async function isInQuietly(session: SignInSession): Promise<boolean> {
  const isIn = await session.signInQuietly().then(
    () => true,
    () => false,
  );
  noteKnownHere(localStorage, isIn);
  return isIn;
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
  noteKnownHere(localStorage, true);
  history.replaceState(null, '', pending.returnTo);
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
