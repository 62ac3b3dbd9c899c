/** Starts the console in its page: the sign-in at once, and what draws the console for whoever is in. */
import './app.css';
import { systemClock } from './clock.ts';
import { ENTRANCE_TEXTS } from './i18n/entrance.ts';
import { loadTexts, preferredLanguage } from './i18n/language.ts';
import { colourPage, DARK, FORCED, keptAppearance, shownAppearance } from './shell/appearance-choice.ts';
import { arrive, isExpected } from './sign-in/arrival.ts';
import { drawEntrance } from './sign-in/entrance.ts';

/** Who is neither in nor at the issuer by then is told what goes on. */
const LONGEST_BLANK_MS = 1_000;

const root = document.getElementById('root') as HTMLElement;
const arrival = arrive();
const language = preferredLanguage(localStorage, navigator.languages);
const words = ENTRANCE_TEXTS[language];
document.documentElement.lang = language;
const system = { isForced: matchMedia(FORCED).matches, isDark: matchMedia(DARK).matches };
colourPage(shownAppearance(keptAppearance(localStorage), system));
const endWait = systemClock.at(systemClock.now() + LONGEST_BLANK_MS, () => drawEntrance(root, { kind: 'busy' }, words));
const load = () => Promise.all([import('./console.tsx'), loadTexts(language)]);
// While the issuer answers.
const loading = isExpected() ? load() : undefined;
const entry = await arrival;
if (entry.kind === 'in') {
  const [{ drawConsole }, texts] = await (loading ?? load());
  drawConsole(root, { language, texts }, entry.session);
  endWait();
} else if (entry.kind !== 'busy') {
  endWait();
  drawEntrance(root, entry, words);
}
