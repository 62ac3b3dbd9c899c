/** Starts the sharer's page. */
import './share.css';
import { createRoot } from 'react-dom/client';
import { loadTexts, preferredLanguage } from '../i18n/language.ts';
import { SpeechProvider } from '../i18n/text.tsx';
import { takeCodeFromAddress } from './browser-ability.ts';
import { SharePage } from './share-page.tsx';

// Before anything else: whatever fails, the code does not stay in the address.
const code = takeCodeFromAddress(location, history);
const language = preferredLanguage(localStorage, navigator.languages);
const texts = await loadTexts(language);
const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <SpeechProvider initial={{ language, texts }}>
      <SharePage initialCode={code} />
    </SpeechProvider>,
  );
}
