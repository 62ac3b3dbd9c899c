/** What stands before the console: signing in, its answer, its failures, and having signed out. */
import { Body1, Button, Card, makeStyles, Spinner, Title3, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useText } from '../i18n/text.tsx';

const useStyles = makeStyles({
  room: {
    boxSizing: 'border-box',
    display: 'grid',
    placeItems: 'center',
    minHeight: '100vh',
    padding: tokens.spacingHorizontalL,
    backgroundColor: tokens.colorNeutralBackground3,
  },
  card: { width: '100%', maxWidth: '420px', padding: tokens.spacingHorizontalXXL, boxSizing: 'border-box' },
  title: { margin: 0 },
  detail: { overflowWrap: 'anywhere', color: tokens.colorNeutralForeground3 },
});

/** A card in the middle of the page. */
function Entrance({ children }: { readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <main className={styles.room}>
      <Card className={styles.card}>{children}</Card>
    </main>
  );
}

/** While the browser is on its way to the issuer or back. */
export function SigningIn() {
  const t = useText();
  return (
    <Entrance>
      <Title3 as="h1" className={useStyles().title}>
        {t.common.product}
      </Title3>
      <Spinner label={t.signIn.signingIn} labelPosition="after" />
    </Entrance>
  );
}

/** After signing out. */
export function SignedOut() {
  const t = useText();
  return (
    <Entrance>
      <Title3 as="h1" className={useStyles().title}>
        {t.signIn.signedOutTitle}
      </Title3>
      <Body1>{t.signIn.signedOut}</Body1>
      <Button appearance="primary" onClick={() => location.assign('/')}>
        {t.signIn.signInAgain}
      </Button>
    </Entrance>
  );
}

/** Signing in failed, or the server can't be reached. */
export function SignInFailed(props: { readonly title: string; readonly detail: string; readonly onRetry: () => void }) {
  const t = useText();
  const styles = useStyles();
  return (
    <Entrance>
      <Title3 as="h1" className={styles.title}>
        {props.title}
      </Title3>
      <Body1 role="alert">{t.signIn.failed}</Body1>
      {props.detail === '' ? null : (
        <Body1 className={styles.detail} lang="en">
          {props.detail}
        </Body1>
      )}
      <Button appearance="primary" onClick={props.onRetry}>
        {t.common.retry}
      </Button>
    </Entrance>
  );
}

/** The window that answered another: nothing is left to do in it. */
export function WindowCloses() {
  const t = useText();
  return (
    <Entrance>
      <Body1>{t.signIn.closing}</Body1>
    </Entrance>
  );
}
