import type { Texts } from '../en/index.ts';

export const signIn: Texts['signIn'] = {
  signingIn: 'Anmeldung läuft …',
  signedOutTitle: 'Sie sind abgemeldet',
  signedOut: 'In diesem Tab ist von Ihrer Sitzung nichts mehr übrig.',
  signInAgain: 'Erneut anmelden',
  failedTitle: 'Die Anmeldung ist fehlgeschlagen',
  failed: 'Versuchen Sie es erneut. Bleibt es dabei, geben Sie den Text unten an die Betreiber des Dienstes weiter.',
  cancelled: 'Sie haben die Anmeldung nicht abgeschlossen.',
  settingsTitle: 'Die Konsole erreicht ihren Server nicht',
  expiredTitle: 'Ihre Anmeldung ist abgelaufen',
  expired: 'Melden Sie sich erneut an. Die Seite bleibt, wie sie ist, eine laufende Sitzung geht weiter.',
  popupBlocked:
    'Der Browser hat das Anmeldefenster blockiert. Erlauben Sie Fenster dieser Seite und versuchen Sie es erneut.',
  closing: 'Sie sind angemeldet. Sie können dieses Fenster schließen, falls es offen bleibt.',
};
