/** Light, dark, high contrast: as the system has it, unless the person chose otherwise here. */
import {
  createDOMRenderer,
  FluentProvider,
  RendererProvider,
  type Theme,
  teamsHighContrastTheme,
  webDarkTheme,
  webLightTheme,
} from '@fluentui/react-components';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';

/** What can be chosen. */
export const APPEARANCES = ['system', 'light', 'dark', 'highContrast'] as const;

/** A choice of appearance. */
export type Appearance = (typeof APPEARANCES)[number];

const THEMES: Readonly<Record<Exclude<Appearance, 'system'>, Theme>> = {
  light: webLightTheme,
  dark: webDarkTheme,
  highContrast: teamsHighContrastTheme,
};

const STORED = 'appearance';
const FORCED = '(forced-colors: active)';
const DARK = '(prefers-color-scheme: dark)';

interface Choice {
  readonly appearance: Appearance;
  choose(appearance: Appearance): void;
}

const ChoiceContext = createContext<Choice | undefined>(undefined);

/** Fluent's styles in the appearance of the moment, under the nonce of the page. */
export function AppearanceProvider({ children }: { readonly children: ReactNode }) {
  const [appearance, setAppearance] = useState(keptAppearance);
  const isForced = useMedia(FORCED);
  const isDark = useMedia(DARK);
  const shown = shownAppearance(appearance, { isForced, isDark });
  const renderer = useMemo(createRenderer, []);
  useEffect(() => {
    // What the browser draws itself: scroll bars, date pickers, the canvas behind everything.
    document.documentElement.style.colorScheme = shown === 'light' ? 'light' : 'dark';
  }, [shown]);
  const choice = useMemo(
    () => ({
      appearance,
      choose: (chosen: Appearance) => {
        localStorage.setItem(STORED, chosen);
        setAppearance(chosen);
      },
    }),
    [appearance],
  );
  return (
    <RendererProvider renderer={renderer} targetDocument={document}>
      <FluentProvider theme={THEMES[shown]} applyStylesToPortals>
        <ChoiceContext value={choice}>{children}</ChoiceContext>
      </FluentProvider>
    </RendererProvider>
  );
}

/** The choice, and how to change it. */
export function useAppearance(): Choice {
  const choice = useContext(ChoiceContext);
  if (!choice) throw new Error('There is no AppearanceProvider around this.');
  return choice;
}

/** What is drawn. Colours that the system forces come before any choice: the browser puts them over the theme nearest to them. */
export function shownAppearance(
  chosen: Appearance,
  system: { readonly isForced: boolean; readonly isDark: boolean },
): Exclude<Appearance, 'system'> {
  if (chosen !== 'system' && !system.isForced) return chosen;
  return system.isDark ? 'dark' : 'light';
}

function keptAppearance(): Appearance {
  const kept = localStorage.getItem(STORED);
  return APPEARANCES.find((appearance) => appearance === kept) ?? 'system';
}

function useMedia(query: string): boolean {
  const list = useMemo(() => matchMedia(query), [query]);
  return useSyncExternalStore(
    (listener) => {
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    () => list.matches,
  );
}

/** Styles are let in by the nonce that the server put into the page (Content Security Policy 3, 6.7.3). */
function createRenderer() {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
  return createDOMRenderer(document, nonce === '' ? {} : { styleElementAttributes: { nonce } });
}
