/** Which language the console speaks. */
import type { Texts } from './en/index.ts';

/** Languages with a catalogue, named in themselves. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' } as const;

/** A language with a catalogue. */
export type Language = keyof typeof LANGUAGES;

const STORED = 'language';

/** Loads a catalogue. */
export async function loadTexts(language: Language): Promise<Texts> {
  return language === 'de' ? (await import('./de/index.ts')).de : (await import('./en/index.ts')).en;
}

/** What was chosen here before, else the first of the browser's languages that has a catalogue, else English. */
export function preferredLanguage(storage: Pick<Storage, 'getItem'>, wanted: readonly string[]): Language {
  for (const tag of [storage.getItem(STORED) ?? '', ...wanted]) {
    const language = tag.split('-')[0]?.toLowerCase() ?? '';
    if (isLanguage(language)) return language;
  }
  return 'en';
}

/** Keeps a choice for the next time. */
export function keepLanguage(storage: Pick<Storage, 'setItem'>, language: Language): void {
  storage.setItem(STORED, language);
}

/** The person's own way to write dates and numbers, as far as it goes with the language: `en-GB` with English. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => tag.split('-')[0]?.toLowerCase() === language) ?? language;
}

function isLanguage(text: string): text is Language {
  return Object.hasOwn(LANGUAGES, text);
}
