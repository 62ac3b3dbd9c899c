import type { Texts } from '../en/index.ts';

export const shell: Texts['shell'] = {
  skip: 'Zum Inhalt springen',
  navigation: 'Hauptnavigation',
  openNavigation: 'Navigation öffnen',
  account: (name) => `Konto von ${name}`,
  signOut: 'Abmelden',
  appearance: 'Darstellung',
  appearances: {
    system: 'Wie das System',
    light: 'Hell',
    dark: 'Dunkel',
    highContrast: 'Hoher Kontrast',
  },
  language: 'Sprache',
  apiReference: 'API-Referenz',
  notFoundTitle: 'Diese Seite gibt es nicht',
  notFound: 'Vielleicht ist die Adresse vertippt oder die Seite umgezogen.',
  toStart: 'Zur Startseite',
  brokenTitle: 'Diese Seite ist abgestürzt',
  broken: 'Der Fehler liegt bei uns, nicht bei Ihnen. Gespeichertes ist nicht verloren. Laden Sie die Seite neu.',
  reload: 'Neu laden',
};
