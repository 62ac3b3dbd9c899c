/** Chat with those who help. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import type { SharerEnd } from './sharer-end.ts';
import type { SharerState } from './sharer-state.ts';
import { speakerOf } from './speaker.ts';

const LONGEST = 4_000;

export function Chat({ end, state }: { readonly end: SharerEnd; readonly state: SharerState }) {
  const t = useText().share;
  const [text, setText] = useState('');
  const log = useRef<HTMLDivElement>(null);
  const { chat, isChatBlocked } = state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line is scrolled to
  useEffect(() => {
    log.current?.scrollTo({ top: log.current.scrollHeight });
  }, [chat.length]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const said = text.trim();
    if (said === '' || said.length > LONGEST) return;
    setText('');
    // What was not sent comes back to where it was written.
    end.say(said).catch(() => setText(said));
  };
  return (
    <section className="chat" aria-label={t.chat}>
      <h2>{t.chat}</h2>
      <div ref={log} className="log" role="log" aria-label={t.chat}>
        {chat.length === 0 ? <p className="hint">{t.chatEmpty}</p> : null}
        {chat.map((line) => (
          <p key={`${line.from?.userId} ${line.id}`} className={line.from ? 'theirs' : 'mine'} dir="auto">
            <strong>{speakerOf(line, chat, t.chatMe)}</strong> <span className="said">{line.text}</span>
            {line.isDelivered ? null : <em> {t.chatNotDelivered}</em>}
          </p>
        ))}
      </div>
      {isChatBlocked ? (
        <p className="hint">{t.chatBlocked}</p>
      ) : (
        <form onSubmit={submit} className="say">
          <input
            aria-label={t.chatHint}
            placeholder={t.chatHint}
            value={text}
            onChange={({ target }) => setText(target.value)}
            aria-invalid={text.length > LONGEST}
          />
          <button type="submit" className="button" disabled={text.trim() === ''}>
            {t.chatSend}
          </button>
          {text.length > LONGEST ? (
            <p className="trouble" role="alert">
              {t.chatTooLong}
            </p>
          ) : null}
        </form>
      )}
    </section>
  );
}
