/** Chat with the person at the device. */
import { Button, Caption1, Field, makeStyles, mergeClasses, Text, Textarea, tokens } from '@fluentui/react-components';
import { SendRegular } from '@fluentui/react-icons';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useSpeech } from '../i18n/text.tsx';
import { useNotices } from '../shell/notices.tsx';
import type { HelperEnd } from './helper-end.ts';
import type { ChatLine, HelperState } from './helper-state.ts';

/** Characters of one message (EV-9). */
const LONGEST = 4_000;

const useStyles = makeStyles({
  log: {
    flexGrow: 1,
    minHeight: '80px',
    overflowY: 'auto',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalS,
    listStyleType: 'none',
    margin: 0,
    padding: 0,
  },
  line: {
    maxWidth: '85%',
    padding: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalM}`,
    borderRadius: tokens.borderRadiusLarge,
    backgroundColor: tokens.colorNeutralBackground4,
    border: `${tokens.strokeWidthThin} solid ${tokens.colorTransparentStroke}`,
    overflowWrap: 'anywhere',
  },
  own: { alignSelf: 'flex-end', backgroundColor: tokens.colorBrandBackground2 },
  text: { whiteSpace: 'pre-wrap', unicodeBidi: 'isolate', display: 'block' },
  write: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalS },
});

export function ChatPanel({ end, state }: { readonly end: HelperEnd; readonly state: HelperState }) {
  const styles = useStyles();
  const t = useSpeech().texts.screen;
  const notices = useNotices();
  const [text, setText] = useState('');
  const log = useRef<HTMLUListElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line is scrolled to.
  useEffect(() => {
    if (log.current) log.current.scrollTop = log.current.scrollHeight;
  }, [state.chat.length]);
  const isTooLong = text.length > LONGEST;
  const say = () => {
    const said = text.trim();
    if (said === '' || isTooLong) return;
    end.say(said).then(() => setText(''), notices.failed);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    say();
  };
  return (
    <>
      {state.chat.length === 0 ? <Text>{t.chatEmpty}</Text> : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard. */}
      <ul ref={log} className={styles.log} aria-label={t.chatLog} tabIndex={0}>
        {state.chat.map((line) => (
          <Line key={`${line.from} ${line.id} ${line.at}`} line={line} />
        ))}
      </ul>
      {state.allowance.blockChat ? (
        <Text>{t.chatBlocked}</Text>
      ) : (
        <div className={styles.write}>
          <Field {...(isTooLong ? { validationMessage: t.chatTooLong } : {})}>
            <Textarea
              value={text}
              aria-label={t.chatHint}
              placeholder={t.chatHint}
              resize="vertical"
              onChange={(_, { value }) => setText(value)}
              onKeyDown={onKeyDown}
            />
          </Field>
          <Button appearance="primary" icon={<SendRegular />} disabled={text.trim() === '' || isTooLong} onClick={say}>
            {t.chatSend}
          </Button>
        </div>
      )}
    </>
  );
}

function Line({ line }: { readonly line: ChatLine }) {
  const styles = useStyles();
  const { texts, format } = useSpeech();
  const t = texts.screen;
  const isOwn = line.from === 'helper';
  return (
    <li className={mergeClasses(styles.line, isOwn && styles.own)}>
      <Caption1>
        {isOwn ? t.chatYou : t.chatThem} · {format.time(line.at)}
      </Caption1>
      <Text className={styles.text} dir="auto">
        {line.text}
      </Text>
      {line.isDelivered ? null : <Caption1>{t.chatNotDelivered}</Caption1>}
    </li>
  );
}
