/** While somebody sees the screen: what they see and point at, who they are, chat, and above all the end of it. */
import { useEffect, useState } from 'react';
import { useText } from '../i18n/text.tsx';
import { Chat } from './chat.tsx';
import { useFloatingWindow } from './floating-window.tsx';
import { type Drawing, NOTHING_DRAWN, pointed, withoutConnection } from './pointing.ts';
import { Preview } from './preview.tsx';
import type { SharerEnd } from './sharer-end.ts';
import type { Prompt, SeenBy, SharerState } from './sharer-state.ts';
import { durationText, useTimeLeft } from './time-left.ts';

interface Props {
  readonly end: SharerEnd;
  readonly state: SharerState;
}

export function Sharing({ end, state }: Props) {
  const t = useText().share;
  const drawing = useDrawing(end, state.seenBy);
  const title = titleOf(state, t);
  const floating = useFloatingWindow(title);
  const { track } = end;
  const preview = track ? <Preview track={track} drawing={drawing.now} /> : null;
  return (
    <div className="sharing">
      <header className={`bar${state.isPaused ? ' paused' : ''}`}>
        <h1>
          <span aria-live="polite">{title}</span>
        </h1>
        <Left state={state} />
        {floating.isPossible ? (
          <button type="button" className="button" disabled={floating.isOpen} onClick={() => void floating.open()}>
            {t.keepOnTop}
          </button>
        ) : null}
        <PauseButton end={end} state={state} />
        <StopButton end={end} />
      </header>
      <main className="content">
        <section className="picture" aria-label={t.preview}>
          {floating.isOpen ? <p className="hint kept">{t.keptOnTop}</p> : preview}
          <p className="hint">{t.previewHint}</p>
          {drawing.now.strokes.length > 0 ? (
            <button type="button" className="button" onClick={drawing.clear}>
              {t.clearDrawings}
            </button>
          ) : null}
        </section>
        <aside className="side">
          {state.prompts.map((prompt) => (
            <PromptCard key={prompt.promptId} end={end} prompt={prompt} />
          ))}
          <section aria-label={t.seenBy}>
            <h2>{t.seenBy}</h2>
            <ul className="seers">
              {state.seenBy.map((seen) => (
                <Seer key={seen.connectionId} seen={seen} />
              ))}
            </ul>
            {state.isPairRefused ? (
              <p className="trouble" role="alert">
                {t.pairRefused}
              </p>
            ) : null}
          </section>
          <Chat end={end} state={state} />
        </aside>
      </main>
      {floating.show(
        <div className="small">
          {preview}
          <div className="bar">
            <strong>{title}</strong>
            <PauseButton end={end} state={state} />
            <StopButton end={end} />
          </div>
        </div>,
      )}
    </div>
  );
}

/** What is drawn, until it is cleared, or whoever drew it is gone. */
function useDrawing(end: SharerEnd, seenBy: readonly SeenBy[]) {
  const [now, setNow] = useState<Drawing>(NOTHING_DRAWN);
  useEffect(() => end.onPointing((from, event) => setNow((before) => pointed(before, from, event))), [end]);
  useEffect(() => {
    const there = seenBy.map(({ connectionId }) => connectionId);
    setNow((before) => withoutConnection(before, (from) => there.includes(from)));
  }, [seenBy]);
  return { now, clear: () => setNow(({ pointers }) => ({ pointers, strokes: [] })) };
}

function titleOf({ connection, isPaused, seenBy }: SharerState, t: ReturnType<typeof useText>['share']): string {
  const names = [...new Set(seenBy.filter(({ sees }) => sees).map(({ name }) => name))];
  if (connection === 'broken') return t.sharingBroken;
  if (names.length === 0) return t.sharingWaiting;
  return isPaused ? t.sharingPaused : t.sharingTitle(names.join(', '));
}

function Left({ state }: Pick<Props, 'state'>) {
  const t = useText().share;
  return <span className="left">{t.left(durationText(useTimeLeft(state.until)))}</span>;
}

function PauseButton({ end, state }: Props) {
  const t = useText().share;
  const { isPaused } = state;
  return (
    <button type="button" className="button" aria-pressed={isPaused} onClick={() => void end.pause(!isPaused)}>
      {isPaused ? t.resume : t.pause}
    </button>
  );
}

function StopButton({ end }: Pick<Props, 'end'>) {
  const t = useText().share;
  return (
    <button type="button" className="button stop" onClick={() => void end.stop()}>
      {t.stop}
    </button>
  );
}

function Seer({ seen }: { readonly seen: SeenBy }) {
  const t = useText().share;
  const { name, sees, digits } = seen;
  return (
    <li>
      <span className={`dot${sees ? ' on' : ''}`} aria-hidden />
      <strong dir="auto">{name}</strong> <span className="hint">{sees ? t.sees : t.seesNot}</span>
      {digits === undefined ? (
        <p className="hint">{t.digitsNone}</p>
      ) : (
        <>
          <output className="digits">
            {digits.slice(0, 3)} {digits.slice(3)}
          </output>
          <p className="hint">{t.digits}</p>
        </>
      )}
    </li>
  );
}

function PromptCard({ end, prompt }: { readonly end: SharerEnd; readonly prompt: Prompt }) {
  const t = useText().share;
  const { promptId, asking } = prompt;
  const { name, mail, organization } = asking.helper;
  // An answer that does not arrive is none: the question is withdrawn in time.
  const answer = (isLetIn: boolean) => void end.answer(promptId, isLetIn).catch(() => undefined);
  return (
    <section className="prompt" role="alertdialog" aria-label={t.promptTitle(name)}>
      <h2 dir="auto">{t.promptTitle(name)}</h2>
      <p dir="auto">{[mail, organization].filter((each) => each !== null).join(' · ')}</p>
      <p className="hint">{t.askWarning}</p>
      <div className="buttons">
        <button type="button" className="button" onClick={() => answer(false)}>
          {t.promptDecline}
        </button>
        <button type="button" className="button primary" onClick={() => answer(true)}>
          {t.promptAccept}
        </button>
      </div>
    </section>
  );
}
