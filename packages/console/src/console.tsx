/** Draws the console into its page. */
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { SpeechProvider, type Spoken } from './i18n/text.tsx';
import { AppearanceProvider } from './shell/appearance.tsx';
import type { SignInSession } from './sign-in/sign-in-session.ts';

/** @param session of whoever is in */
export function drawConsole(root: HTMLElement, initial: Spoken, session: SignInSession): void {
  createRoot(root).render(
    <AppearanceProvider>
      <SpeechProvider initial={initial}>
        <App session={session} />
      </SpeechProvider>
    </AppearanceProvider>,
  );
}
