/** What was copied there, and text for the clipboard there: each way as far as the sharer grants it. */
import { Button, Field, makeStyles, Subtitle2, Switch, Text, Textarea, tokens } from '@fluentui/react-components';
import { ClipboardPasteRegular, CopyRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { useNotices } from '../shell/notices.tsx';
import type { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';

/** Characters of one clipboard (EV-9). */
const LONGEST = 262_144;

const useStyles = makeStyles({
  part: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
});

export function ClipboardPanel(props: {
  readonly end: HelperEnd;
  readonly state: HelperState;
  readonly isAutomatic: boolean;
  readonly onAutomatic: (is: boolean) => void;
}) {
  const { grants } = props.state.allowance;
  const t = useText().screen;
  return (
    <>
      {grants.clipboardToHelper ? <From {...props} /> : <Text>{t.clipboardNotFrom}</Text>}
      {grants.clipboardToSharer ? <To end={props.end} /> : <Text>{t.clipboardNotTo}</Text>}
    </>
  );
}

function From({
  state,
  isAutomatic,
  onAutomatic,
}: {
  readonly state: HelperState;
  readonly isAutomatic: boolean;
  readonly onAutomatic: (is: boolean) => void;
}) {
  const styles = useStyles();
  const t = useText().screen;
  const notices = useNotices();
  const text = state.clipboard?.text;
  const take = () => {
    navigator.clipboard.writeText(text ?? '').then(() => notices.done(t.clipboardTaken), notices.failed);
  };
  return (
    <div className={styles.part}>
      <Subtitle2 as="h3">{t.clipboardFrom}</Subtitle2>
      {text === undefined ? (
        <Text>{t.clipboardFromEmpty}</Text>
      ) : (
        <Textarea value={text} readOnly resize="vertical" dir="auto" aria-label={t.clipboardFrom} />
      )}
      <Button icon={<CopyRegular />} disabled={text === undefined} onClick={take}>
        {t.clipboardTake}
      </Button>
      <Switch checked={isAutomatic} label={t.clipboardAuto} onChange={(_, { checked }) => onAutomatic(checked)} />
    </div>
  );
}

function To({ end }: { readonly end: HelperEnd }) {
  const styles = useStyles();
  const t = useText().screen;
  const notices = useNotices();
  const [text, setText] = useState('');
  const [mayRead, setMayRead] = useState(typeof navigator.clipboard?.readText === 'function');
  const isTooLong = text.length > LONGEST;
  const put = (what: string) => {
    end.sendClipboard(what).then((reached) => {
      notices.done(reached ? t.clipboardPutDone : t.clipboardAway);
      if (reached) setText('');
    }, notices.failed);
  };
  const putMine = () => {
    navigator.clipboard.readText().then(put, () => setMayRead(false));
  };
  return (
    <div className={styles.part}>
      <Subtitle2 as="h3">{t.clipboardTo}</Subtitle2>
      {mayRead ? (
        <Button icon={<ClipboardPasteRegular />} onClick={putMine}>
          {t.clipboardPutMine}
        </Button>
      ) : (
        <Text role="status">{t.clipboardRefused}</Text>
      )}
      <Field {...(isTooLong ? { validationMessage: t.clipboardTooLong } : {})}>
        <Textarea
          value={text}
          aria-label={t.clipboardToHint}
          placeholder={t.clipboardToHint}
          resize="vertical"
          onChange={(_, { value }) => setText(value)}
        />
      </Field>
      <Button disabled={text === '' || isTooLong} onClick={() => put(text)}>
        {t.clipboardPut}
      </Button>
    </div>
  );
}
