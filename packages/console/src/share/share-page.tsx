/** The sharer's page from the code to the end of the session. */
import { webCryptoPort } from '@open-remote-help/protocol/events';
import { webSocketPort } from '@open-remote-help/protocol/realtime';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { systemClock } from '../clock.ts';
import { LANGUAGES, type Language } from '../i18n/language.ts';
import { useSpeech, useText } from '../i18n/text.tsx';
import { Asking } from './asking.tsx';
import { inabilityOf, pageNameOf } from './browser-ability.ts';
import { CodeForm } from './code-form.tsx';
import { newPageKey } from './page-key.ts';
import { claim } from './page-server.ts';
import { SharerEnd } from './sharer-end.ts';
import { Sharing } from './sharing.tsx';

const INABILITY_TEXTS = { phone: 'unablePhone', browser: 'unableBrowser', insecure: 'unableInsecure' } as const;

export function SharePage({ initialCode }: { readonly initialCode: string }) {
  const t = useText();
  const [inability] = useState(() => inabilityOf(globalThis as never));
  const [end, setEnd] = useState<SharerEnd>();
  useEffect(() => {
    document.title = `${t.share.title} · ${t.common.product}`;
  }, [t]);
  if (inability) {
    return (
      <Card>
        <h1>{t.share.unableTitle}</h1>
        <p>{t.share[INABILITY_TEXTS[inability]]}</p>
      </Card>
    );
  }
  if (!end) {
    const onCode = async (code: string) => setEnd(await begin(code));
    return (
      <Card>
        <CodeForm initialCode={initialCode} onCode={onCode} />
      </Card>
    );
  }
  return <Session end={end} onAgain={() => setEnd(undefined)} />;
}

/** Claims a code with a key that is made for it. @throws PageError */
async function begin(code: string): Promise<SharerEnd> {
  const key = await newPageKey(crypto);
  const newId = () => crypto.randomUUID();
  const options = { origin: location.origin, clock: systemClock, key, newId };
  const fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);
  const server = await claim({ ...options, fetch }, code, pageNameOf(navigator));
  const end = new SharerEnd({
    ...{ server, key, newId, clock: systemClock },
    crypto: webCryptoPort(crypto),
    openSocket: webSocketPort(WebSocket),
    newConnection: (configuration) => new RTCPeerConnection(configuration),
  });
  end.start();
  return end;
}

function Session({ end, onAgain }: { readonly end: SharerEnd; readonly onAgain: () => void }) {
  const t = useText().share;
  const state = useSyncExternalStore(end.subscribe, () => end.state);
  useEffect(() => {
    // Closed, gone back from, or put to sleep: nobody would watch over the picture (SHR-23).
    const leave = () => void end.stop();
    addEventListener('pagehide', leave);
    return () => removeEventListener('pagehide', leave);
  }, [end]);
  switch (state.stage.kind) {
    case 'asked':
    case 'starting':
      return (
        <Card>
          <Asking end={end} state={state} />
        </Card>
      );
    case 'sharing':
      return <Sharing end={end} state={state} />;
    case 'over':
      return (
        <Card>
          <h1>{t.overTitle}</h1>
          <p role="status">{t.over[state.stage.reason]}</p>
          <button type="button" className="button" onClick={onAgain}>
            {t.overAgain}
          </button>
        </Card>
      );
  }
}

function Card({ children }: { readonly children: ReactNode }) {
  const { product } = useText().common;
  return (
    <div className="centre">
      <header className="brand">
        <img src="/icon.svg" alt="" width="28" height="28" />
        <span>{product}</span>
        <LanguageChoice />
      </header>
      <main className="card">{children}</main>
    </div>
  );
}

function LanguageChoice() {
  const { language, speak, texts } = useSpeech();
  return (
    <select
      className="language"
      aria-label={texts.share.language}
      value={language}
      onChange={({ target }) => void speak(target.value as Language)}
    >
      {Object.entries(LANGUAGES).map(([tag, name]) => (
        <option key={tag} value={tag} lang={tag}>
          {name}
        </option>
      ))}
    </select>
  );
}
