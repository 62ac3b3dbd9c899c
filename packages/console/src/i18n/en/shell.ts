/** The frame around every page. */
export const shell = {
  skip: 'Skip to the content',
  navigation: 'Main navigation',
  openNavigation: 'Open navigation',
  account: (name: string) => `Account of ${name}`,
  signOut: 'Sign out',
  appearance: 'Appearance',
  appearances: {
    system: 'As the system',
    light: 'Light',
    dark: 'Dark',
    highContrast: 'High contrast',
  },
  language: 'Language',
  apiReference: 'API reference',
  notFoundTitle: 'There is no such page',
  notFound: 'The address may be mistyped, or the page may have moved.',
  toStart: 'To the start',
  brokenTitle: 'This page has failed',
  broken: 'This is a fault of ours, not of yours. Nothing that was saved is lost. Reload the page to go on.',
  reload: 'Reload',
};
