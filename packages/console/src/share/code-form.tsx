/** Where the code is typed. */
import { readInvitationCode, shownInvitationCode } from '@open-remote-help/protocol';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { systemClock } from '../clock.ts';
import type { Texts } from '../i18n/en/index.ts';
import { useText } from '../i18n/text.tsx';
import { PageError } from './page-error.ts';

const SECOND_MS = 1_000;

type Trouble =
  | { readonly kind: 'text'; readonly text: string }
  /** It is tried again by itself. */
  | { readonly kind: 'slowed'; readonly seconds: number };

/** @param onCode is given a code as `readInvitationCode` reads it; rejects with PageError */
export function CodeForm(props: { readonly initialCode: string; readonly onCode: (code: string) => Promise<void> }) {
  const t = useText().share;
  const [typed, setTyped] = useState(() => shownCode(props.initialCode));
  const [trouble, setTrouble] = useState<Trouble>();
  const [isBusy, setBusy] = useState(false);
  const input = useRef<HTMLInputElement>(null);

  const attempt = async () => {
    const code = readInvitationCode(typed);
    setTrouble(code === undefined ? { kind: 'text', text: t.codeMalformed } : undefined);
    if (code === undefined) return input.current?.focus();
    setBusy(true);
    try {
      await props.onCode(code);
    } catch (error) {
      setTrouble(troubleOf(error, t));
      setBusy(false);
      input.current?.focus();
    }
  };

  const slowed = trouble?.kind === 'slowed' ? trouble.seconds : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a code that is changed meanwhile ends the wait
  useEffect(() => {
    if (slowed === undefined) return undefined;
    return systemClock.at(systemClock.now() + SECOND_MS, () => {
      if (slowed > 1) setTrouble({ kind: 'slowed', seconds: slowed - 1 });
      else void attempt();
    });
  }, [slowed]);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isBusy) void attempt();
  };

  return (
    <form onSubmit={submit} noValidate>
      <h1>{t.codeTitle}</h1>
      <p>{t.codeText}</p>
      <label htmlFor="code">{t.codeLabel}</label>
      <input
        ref={input}
        id="code"
        className="code"
        value={typed}
        onChange={({ target }) => {
          setTyped(target.value);
          setTrouble(undefined);
        }}
        onBlur={() => setTyped(shownCode)}
        aria-describedby="code-hint code-trouble"
        aria-invalid={trouble?.kind === 'text'}
        autoComplete="off"
        autoCapitalize="characters"
        autoCorrect="off"
        spellCheck={false}
        maxLength={64}
      />
      <p id="code-hint" className="hint">
        {t.codeHint}
      </p>
      <p id="code-trouble" className="trouble" role="alert">
        {trouble?.kind === 'text' ? trouble.text : slowed === undefined ? '' : t.codeSlowed(slowed)}
      </p>
      <button type="submit" className="button primary" disabled={isBusy}>
        {isBusy ? t.codeChecking : t.codeContinue}
      </button>
    </form>
  );
}

/** As it is read aloud, once it is whole. */
function shownCode(typed: string): string {
  const code = readInvitationCode(typed);
  return code === undefined ? typed : shownInvitationCode(code);
}

function troubleOf(error: unknown, t: Texts['share']): Trouble {
  if (!(error instanceof PageError)) return { kind: 'text', text: t.codeFailed(String(error)) };
  switch (error.code) {
    case 'slowed':
      return { kind: 'slowed', seconds: error.retryAfterSeconds ?? 1 };
    case 'code':
    case 'gone':
      return { kind: 'text', text: t.codeRefused };
    case 'unavailable':
      return { kind: 'text', text: t.codeUnavailable };
    case 'refused':
      return { kind: 'text', text: t.codeFailed(error.message) };
  }
}
