/** Who is here, what is granted, the six digits, and the address for a second helper. */
import { Button, MessageBar, MessageBarBody, makeStyles, Subtitle2, Text, tokens } from '@fluentui/react-components';
import { CopyRegular } from '@fluentui/react-icons';
import type { ReactNode } from 'react';
import { useSpeech } from '../i18n/text.tsx';
import { pathTo } from '../route-paths.ts';
import { useNotices } from '../shell/notices.tsx';
import type { HelperState } from './helper-state.ts';
import { grantsText } from './screen-words.ts';
import { SixDigits } from './six-digits.tsx';

const useStyles = makeStyles({
  part: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
  list: { margin: 0, paddingInlineStart: tokens.spacingHorizontalL, overflowWrap: 'anywhere' },
});

export function PeoplePanel({ state }: { readonly state: HelperState }) {
  const { texts, language } = useSpeech();
  const t = texts.screen;
  const styles = useStyles();
  // The device tells a name alone: of two who share it neither is said to have the input.
  const [holder, another] = state.helpers.filter(({ name }) => name !== '' && name === state.inputHolder);
  return (
    <>
      <Part title={t.digitsTitle}>
        <Digits state={state} />
      </Part>
      <Part title={t.peopleTitle}>
        <ul className={styles.list}>
          <li>
            {t.sharerHere(state.session.deviceName)}
            {state.isSharerPresent ? '' : ` (${t.isAway})`}
          </li>
          <li>
            {t.you}
            {state.holdsInput ? ` (${t.hasInput})` : ''}
          </li>
          {state.helpers.map(({ userId, name }) => (
            <li key={userId}>
              {name || t.news.aHelper}
              {!another && name === holder?.name ? ` (${t.hasInput})` : ''}
            </li>
          ))}
        </ul>
      </Part>
      <Part title={t.rightsTitle}>
        <Text>{grantsText(texts.sessions, state.allowance.grants, language)}</Text>
      </Part>
      {state.session.isUnenrolled ? null : (
        <Part title={t.inviteTitle}>
          <Invite id={state.session.id} />
        </Part>
      )}
    </>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.part}>
      <Subtitle2 as="h3">{title}</Subtitle2>
      {children}
    </div>
  );
}

function Digits({ state: { assurance, isPairRefused } }: { readonly state: HelperState }) {
  const t = useSpeech().texts.screen;
  if (isPairRefused) {
    return (
      <MessageBar intent="error" layout="multiline">
        <MessageBarBody>{t.pairRefused}</MessageBarBody>
      </MessageBar>
    );
  }
  if (!assurance) return <Text>{t.digitsWait}</Text>;
  if (assurance.kind === 'serverKey') return <Text>{t.digitsServerKey}</Text>;
  const { digits } = assurance;
  return (
    <>
      <SixDigits digits={digits} />
      <Text>{t.digits}</Text>
      <Text weight="semibold">{t.digitsDiffer}</Text>
    </>
  );
}

function Invite({ id }: { readonly id: string }) {
  const t = useSpeech().texts.screen;
  const notices = useNotices();
  const address = `${location.origin}${pathTo('sessionScreen', { sessionId: id })}`;
  const copy = () => {
    navigator.clipboard.writeText(address).then(() => notices.done(t.inviteCopied), notices.failed);
  };
  return (
    <>
      <Text>{t.invite}</Text>
      <Button icon={<CopyRegular />} onClick={copy}>
        {t.inviteCopy}
      </Button>
    </>
  );
}
