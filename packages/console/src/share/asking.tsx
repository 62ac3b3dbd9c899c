/** Who wants to see the screen, and the answer. */
import { useEffect, useRef, useState } from 'react';
import { systemClock } from '../clock.ts';
import { useText } from '../i18n/text.tsx';
import type { SharerEnd } from './sharer-end.ts';
import type { SharerState } from './sharer-state.ts';
import { durationText, useTimeLeft } from './time-left.ts';

/** Nobody says yes by a click that was meant for something else. */
const ARMED_AFTER_MS = 1_000;

/** What is asked of the browser: a picture alone, and no sound of the machine. */
const CAPTURE: DisplayMediaStreamOptions = { video: { frameRate: { max: 30 } }, audio: false };

export function Asking({ end, state }: { readonly end: SharerEnd; readonly state: SharerState }) {
  const t = useText().share;
  const { helper, helperSays } = state.asking;
  const [trouble, setTrouble] = useState('');
  const [isArmed, setArmed] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const left = useTimeLeft(state.until);
  useEffect(() => {
    heading.current?.focus();
    return systemClock.at(systemClock.now() + ARMED_AFTER_MS, () => setArmed(true));
  }, []);

  const accept = async () => {
    setTrouble('');
    let track: MediaStreamTrack | undefined;
    try {
      // Within the click: browsers open their choice of screens for nothing else.
      const stream = await navigator.mediaDevices.getDisplayMedia(CAPTURE);
      [track] = stream.getVideoTracks();
      if (!track) throw new DOMException('There is no picture.', 'NotFoundError');
      track.contentHint = 'detail';
      await end.share(track);
    } catch (error) {
      track?.stop();
      setTrouble(troubleOf(error, t));
    }
  };

  const isStarting = state.stage.kind === 'starting';
  return (
    <>
      <h1 ref={heading} tabIndex={-1}>
        {t.askTitle(helper.name)}
      </h1>
      <dl className="facts">
        <Fact name={t.askName} value={helper.name} />
        <Fact name={t.askMail} value={helper.mail} />
        <Fact name={t.askOrganization} value={helper.organization} />
        <Fact name={t.askWhat} value={t.askView} />
      </dl>
      {helperSays.reason === null && helperSays.ticket === null ? null : (
        <section className="words">
          <h2>{t.askWords}</h2>
          <dl className="facts">
            <Fact name={t.askReason} value={helperSays.reason} />
            <Fact name={t.askTicket} value={helperSays.ticket} />
          </dl>
        </section>
      )}
      <p className="warning">{t.askWarning}</p>
      <p className="trouble" role="alert">
        {trouble}
      </p>
      <div className="buttons">
        <button type="button" className="button" disabled={isStarting} onClick={() => void declined(end, false)}>
          {t.askDecline}
        </button>
        <button type="button" className="button" disabled={isStarting} onClick={() => void declined(end, true)}>
          {t.askReport}
        </button>
        <button
          type="button"
          className="button primary"
          disabled={isStarting || !isArmed}
          onClick={() => void accept()}
        >
          {isStarting ? t.starting : t.askAccept}
        </button>
      </div>
      <p className="hint">{state.connection === 'open' ? t.askLeft(durationText(left)) : t.askConnecting}</p>
    </>
  );
}

/** What the server does not hear, the loss of the connection tells it. */
async function declined(end: SharerEnd, isReported: boolean): Promise<void> {
  await end.decline(isReported).catch(() => undefined);
}

function Fact({ name, value }: { readonly name: string; readonly value: string | null }) {
  if (value === null) return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

type AskTexts = ReturnType<typeof useText>['share'];

/** What `getDisplayMedia` rejects with (W3C Screen Capture, 5.1), and what the server says. */
function troubleOf(error: unknown, t: AskTexts): string {
  const { name, message } = error as Error;
  if (name === 'NotAllowedError') return /system/i.test(message) ? t.askRefusedBySystem : t.askCancelled;
  if (name === 'NotReadableError') return t.askRefusedBySystem;
  return t.askFailed(message);
}
