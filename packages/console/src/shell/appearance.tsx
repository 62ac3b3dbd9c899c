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
import {
  type Appearance,
  colourPage,
  DARK,
  FORCED,
  keepAppearance,
  keptAppearance,
  type Shown,
  shownAppearance,
} from './appearance-choice.ts';

const THEMES: Readonly<Record<Shown, Theme>> = {
  light: webLightTheme,
  dark: webDarkTheme,
  highContrast: teamsHighContrastTheme,
};

interface Choice {
  readonly appearance: Appearance;
  choose(appearance: Appearance): void;
}

const ChoiceContext = createContext<Choice | undefined>(undefined);

/** Fluent's styles in the appearance of the moment, under the nonce of the page. */
export function AppearanceProvider({ children }: { readonly children: ReactNode }) {
  const [appearance, setAppearance] = useState(() => keptAppearance(localStorage));
  const isForced = useMedia(FORCED);
  const isDark = useMedia(DARK);
  const shown = shownAppearance(appearance, { isForced, isDark });
  const renderer = useMemo(createRenderer, []);
  useEffect(() => colourPage(shown), [shown]);
  const choice = useMemo(
    () => ({
      appearance,
      choose: (chosen: Appearance) => {
        keepAppearance(localStorage, chosen);
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
