/** Which appearance is shown, of those that can be chosen; nothing that draws is needed for it. */

/** What can be chosen. */
export const APPEARANCES = ['system', 'light', 'dark', 'highContrast'] as const;

/** A choice of appearance. */
export type Appearance = (typeof APPEARANCES)[number];

/** What is drawn. */
export type Shown = Exclude<Appearance, 'system'>;

/** Asks the browser whether the system forces its colours. */
export const FORCED = '(forced-colors: active)';
/** Asks the browser whether the system is dark. */
export const DARK = '(prefers-color-scheme: dark)';

const STORED = 'appearance';

/** What was chosen here before. */
export function keptAppearance(storage: Pick<Storage, 'getItem'>): Appearance {
  const kept = storage.getItem(STORED);
  return APPEARANCES.find((appearance) => appearance === kept) ?? 'system';
}

/** Keeps a choice for the next time. */
export function keepAppearance(storage: Pick<Storage, 'setItem'>, appearance: Appearance): void {
  storage.setItem(STORED, appearance);
}

/** What is drawn. Colours that the system forces come before any choice: the browser puts them over the theme nearest to them. */
export function shownAppearance(
  chosen: Appearance,
  system: { readonly isForced: boolean; readonly isDark: boolean },
): Shown {
  if (chosen !== 'system' && !system.isForced) return chosen;
  return system.isDark ? 'dark' : 'light';
}

/** Has the browser draw in it what it draws itself: scroll bars, date pickers, the canvas behind everything. */
export function colourPage(shown: Shown): void {
  document.documentElement.style.colorScheme = shown === 'light' ? 'light' : 'dark';
}
