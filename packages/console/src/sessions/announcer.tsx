/** What happens is said once, in a line that screen readers read out when they come to it. */
import { Text } from '@fluentui/react-components';
import { useEffect, useRef, useState } from 'react';
import { systemClock } from '../clock.ts';
import { useSpeech } from '../i18n/text.tsx';
import type { HelperState } from './helper-state.ts';
import { leaseWarning, newsText } from './screen-words.ts';
import { clockText } from './use-now.ts';

/** A minute in milliseconds, of a warning that says how many are left. */
const MINUTE = 60_000;
/** Long enough to be read; what lasts is shown elsewhere. */
const SHOWN_MS = 10_000;

export function Announcer(props: {
  readonly state: HelperState;
  readonly standstill: string | undefined;
  readonly leftMs: number;
}) {
  const { state, standstill, leftMs } = props;
  const { texts, language, format } = useSpeech();
  const [said, setSaid] = useState('');
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is said anew is shown as long again.
  useEffect(() => systemClock.at(systemClock.now() + SHOWN_MS, () => setSaid('')), [said]);
  const warning = leftMs > 0 ? leaseWarning(leftMs) : undefined;
  const chatLines = useRef(state.chat.length);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each piece of news is said once, when it comes.
  useEffect(() => {
    if (!state.news) return;
    const time = (instant: number) => format.time(instant) ?? '';
    const text = newsText(texts, state.news, state, { language, time });
    if (text !== undefined) setSaid(text);
  }, [state.news?.number]);
  useEffect(() => {
    if (warning !== undefined) setSaid(texts.screen.leaseSoon(clockText(warning * MINUTE)));
  }, [warning, texts]);
  useEffect(() => {
    if (standstill === undefined) return;
    setSaid(standstill);
    return () => setSaid((now) => (now === standstill ? '' : now));
  }, [standstill]);
  useEffect(() => {
    const [line] = state.chat.slice(chatLines.current).filter(({ from }) => from === 'sharer');
    chatLines.current = state.chat.length;
    if (line) setSaid(texts.screen.chatNew(line.text));
  }, [state.chat, texts]);
  return (
    <Text size={200} role="status" truncate wrap={false} data-testid="news">
      {said}
    </Text>
  );
}
