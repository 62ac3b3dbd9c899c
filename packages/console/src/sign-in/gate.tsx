/** Lets the console in behind a sign-in; answers what comes back from the issuer. */
import { type ReactNode, useEffect, useState } from 'react';
import { systemClock } from '../clock.ts';
import { useText } from '../i18n/text.tsx';
import { navigate, usePlace } from '../shell/router.ts';
import { fetchConsoleSettings } from './console-settings.ts';
import { SignedOut, SignInFailed, SigningIn, WindowCloses } from './entrance.tsx';
import { takePendingSignIn } from './pending-sign-in.ts';
import { SignedInProvider, startSignIn } from './sign-in.tsx';
import { SIGN_IN_CHANNEL, WINDOW_STATE } from './sign-in-again.tsx';
import { SignInSession } from './sign-in-session.ts';

type Entry =
  | { readonly kind: 'busy' | 'windowCloses' | 'signedOut' }
  | { readonly kind: 'failed'; readonly of: 'settings' | 'signIn'; readonly detail: string }
  | { readonly kind: 'in'; readonly session: SignInSession };

/** What stands inside once somebody is signed in, given their session. */
export function Gate({ children }: { readonly children: (session: SignInSession) => ReactNode }) {
  const t = useText().signIn;
  const isSignedOut = usePlace().path === '/signed-out';
  const [entry, setEntry] = useState<Entry>({ kind: 'busy' });
  useEffect(() => {
    // An effect runs twice in development, but a code is good once.
    arrival ??= arrive();
    void arrival.then(setEntry);
  }, []);
  if (isSignedOut) return <SignedOut />;
  switch (entry.kind) {
    case 'busy':
      return <SigningIn />;
    case 'signedOut':
      return <SignedOut />;
    case 'windowCloses':
      return <WindowCloses />;
    case 'failed': {
      const title = entry.of === 'settings' ? t.settingsTitle : t.failedTitle;
      return <SignInFailed title={title} detail={entry.detail} onRetry={() => location.assign('/')} />;
    }
    case 'in':
      return <SignedInProvider session={entry.session}>{children(entry.session)}</SignedInProvider>;
  }
}

let arrival: Promise<Entry> | undefined;

async function arrive(): Promise<Entry> {
  const { pathname, search, hash } = location;
  if (pathname === '/signed-out') return { kind: 'signedOut' };
  const state = new URLSearchParams(search).get('state') ?? '';
  if (pathname === '/signed-in' && state.startsWith(WINDOW_STATE)) {
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
    if (pathname === '/signed-in') return await finish(session, search);
    await startSignIn(session, `${pathname}${search}${hash}`);
    return { kind: 'busy' };
  } catch (error) {
    return { kind: 'failed', of: 'signIn', detail: messageOf(error) };
  }
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
