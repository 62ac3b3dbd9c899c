/** Starts the console in its page. */
import './app.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadTexts, preferredLanguage } from './i18n/language.ts';
import { SpeechProvider } from './i18n/text.tsx';
import { AppearanceProvider } from './shell/appearance.tsx';

const language = preferredLanguage(localStorage, navigator.languages);
const texts = await loadTexts(language);
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <AppearanceProvider>
      <SpeechProvider initial={{ language, texts }}>
        <App />
      </SpeechProvider>
    </AppearanceProvider>,
  );
}
