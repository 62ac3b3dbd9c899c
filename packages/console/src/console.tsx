/** Draws the console into its page. */
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadTexts, preferredLanguage } from './i18n/language.ts';
import { SpeechProvider } from './i18n/text.tsx';
import { AppearanceProvider } from './shell/appearance.tsx';
import type { Entry } from './sign-in/arrival.ts';

export async function drawConsole(arrival: Promise<Entry>): Promise<void> {
  const language = preferredLanguage(localStorage, navigator.languages);
  const texts = await loadTexts(language);
  const root = document.getElementById('root');
  if (!root) return;
  createRoot(root).render(
    <AppearanceProvider>
      <SpeechProvider initial={{ language, texts }}>
        <App arrival={arrival} />
      </SpeechProvider>
    </AppearanceProvider>,
  );
}
