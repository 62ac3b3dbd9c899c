/** Gives components the catalogue: `const t = useText()`, then `t.devices.title`. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { Texts } from './en/index.ts';
import { type Format, formatOf } from './format.ts';
import { keepLanguage, type Language, loadTexts, localeFor } from './language.ts';

/** A language, and its catalogue. */
export interface Spoken {
  readonly language: Language;
  readonly texts: Texts;
}

/** The language in use. */
export interface Speech extends Spoken {
  readonly format: Format;
  /** Changes the language, and keeps the choice. */
  speak(language: Language): Promise<void>;
}

const SpeechContext = createContext<Speech | undefined>(undefined);

/** Speaks a language to everything inside. @param initial a catalogue that is loaded already, so that nothing flickers */
export function SpeechProvider(props: { readonly initial: Spoken; readonly children: ReactNode }) {
  const [{ language, texts }, setSpoken] = useState(props.initial);
  const speak = useCallback(async (wanted: Language) => {
    const loaded = await loadTexts(wanted);
    keepLanguage(localStorage, wanted);
    setSpoken({ language: wanted, texts: loaded });
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speech = useMemo(
    () => ({ language, texts, speak, format: formatOf(localeFor(language, navigator.languages)) }),
    [language, texts, speak],
  );
  return <SpeechContext value={speech}>{props.children}</SpeechContext>;
}

/** The language in use, and how to change it. */
export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error('There is no SpeechProvider around this.');
  return speech;
}

/** The catalogue. */
export function useText(): Texts {
  return useSpeech().texts;
}

/** How to write dates and numbers. */
export function useFormat(): Format {
  return useSpeech().format;
}
