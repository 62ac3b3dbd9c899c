/** Stands in the place of the screen when a device shows another key than the one it is known by. */
import {
  Button,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components';
import { useText } from '../i18n/text.tsx';
import type { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';
import { SixDigits } from './six-digits.tsx';
import { useAct } from './use-act.ts';

const useStyles = makeStyles({
  page: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalL,
    maxWidth: '70ch',
    margin: 'auto',
    padding: tokens.spacingHorizontalXXL,
    overflow: 'auto',
  },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});

export function ChangedKey({ end, state }: { readonly end: HelperEnd; readonly state: HelperState }) {
  const styles = useStyles();
  const t = useText().screen;
  const { isBusy, begin: leave } = useAct(() => end.end());
  const { assurance, session } = state;
  return (
    <div className={styles.page}>
      <MessageBar intent="error" layout="multiline" role="alert">
        <MessageBarBody>
          <MessageBarTitle>{t.changedKeyTitle(session.deviceName)}</MessageBarTitle>
          {t.changedKey}
        </MessageBarBody>
      </MessageBar>
      <Text>{t.changedKeyCompare}</Text>
      {assurance?.kind === 'endToEnd' ? <SixDigits digits={assurance.digits} /> : null}
      <Text>{t.changedKeyNobody}</Text>
      <div className={styles.actions}>
        <Button appearance="primary" disabled={isBusy} onClick={leave}>
          {t.endIt}
        </Button>
        <Button disabled={isBusy} onClick={() => end.acceptKey()}>
          {t.changedKeyAccept}
        </Button>
      </div>
    </div>
  );
}
