/** Asks to sign in again in a window of its own, so that the page, and a session in it, stay. */
import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { Failure } from '../shell/failure.tsx';
import type { PendingSignIn } from './pending-sign-in.ts';
import type { SignInSession } from './sign-in-session.ts';
import { SIGN_IN_CHANNEL, WINDOW_STATE } from './sign-in-window.ts';

/** A dialog that nothing but a new sign-in closes. */
export function SignInAgain({ session }: { readonly session: SignInSession }) {
  const t = useText().signIn;
  const [pending, setPending] = useState<PendingSignIn>();
  const [problem, setProblem] = useState<'blocked' | { readonly error: unknown }>();
  useEffect(() => {
    if (!pending) return;
    const channel = new BroadcastChannel(SIGN_IN_CHANNEL);
    channel.onmessage = ({ data }: MessageEvent<{ readonly query?: unknown }>) => {
      const query = String(data.query ?? '');
      // Another tab of this console may be waiting as well.
      if (new URLSearchParams(query).get('state') !== pending.state) return;
      session.finish(query, pending).catch((error: unknown) => setProblem({ error }));
    };
    return () => channel.close();
  }, [pending, session]);
  const open = async () => {
    setProblem(undefined);
    // Opened within the click, or the browser would block it; led on when the address is known.
    const opened = window.open('about:blank', '_blank', 'popup,width=520,height=680');
    if (!opened) return setProblem('blocked');
    try {
      const begun = await session.begin('/', WINDOW_STATE);
      setPending(begun.pending);
      opened.location.href = begun.url.href;
    } catch (error) {
      opened.close();
      setProblem({ error });
    }
  };
  return (
    <Dialog open modalType="alert">
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t.expiredTitle}</DialogTitle>
          <DialogContent>
            <p>{t.expired}</p>
            {problem === 'blocked' ? <p role="alert">{t.popupBlocked}</p> : null}
            {typeof problem === 'object' ? <Failure error={problem.error} /> : null}
          </DialogContent>
          <DialogActions>
            <Button appearance="primary" onClick={() => void open()}>
              {t.signInAgain}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
