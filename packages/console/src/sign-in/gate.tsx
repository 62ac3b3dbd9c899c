/** Lets the console in behind a sign-in. */
import { type ReactNode, useEffect, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { usePlace } from '../shell/router.ts';
import type { Entry } from './arrival.ts';
import { SignedOut, SignInFailed, SigningIn, WindowCloses } from './entrance.tsx';
import { SignedInProvider } from './sign-in.tsx';
import type { SignInSession } from './sign-in-session.ts';

/** What stands inside once somebody is signed in, given their session. */
export function Gate(props: {
  readonly arrival: Promise<Entry>;
  readonly children: (session: SignInSession) => ReactNode;
}) {
  const { arrival, children } = props;
  const t = useText().signIn;
  const isSignedOut = usePlace().path === '/signed-out';
  const [entry, setEntry] = useState<Entry>({ kind: 'busy' });
  useEffect(() => {
    void arrival.then(setEntry);
  }, [arrival]);
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
