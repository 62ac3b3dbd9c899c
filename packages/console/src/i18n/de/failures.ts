import type { Texts } from '../en/index.ts';

export const failures: Texts['failures'] = {
  offlineTitle: 'Der Server antwortet nicht',
  offline: 'Prüfen Sie Ihre Netzwerkverbindung und versuchen Sie es dann erneut.',
  forbiddenTitle: 'Das dürfen Sie nicht',
  forbidden: (permissions) =>
    permissions === ''
      ? 'Ihrem Konto fehlt die Berechtigung oder die Rolle dafür. Bitten Sie eine Administratorin oder einen Administrator von Open Remote Help darum.'
      : `Ihrem Konto fehlt die Berechtigung dafür. Bitten Sie um eine von: ${permissions}.`,
  notFoundTitle: 'Das gibt es nicht mehr',
  notFound: 'Es wurde vielleicht gelöscht oder gehört zu einer anderen Organisation.',
  conflictTitle: 'Das wurde inzwischen geändert',
  conflict: 'Laden Sie es neu und wiederholen Sie dann Ihre Änderung.',
  tooManyTitle: 'Zu viele Anfragen',
  tooMany: (seconds) => `Warten Sie ${seconds} Sekunden und versuchen Sie es dann erneut.`,
  unavailableTitle: 'Der Dienst ist ausgelastet',
  unavailable: 'Er kann gerade nicht antworten. Versuchen Sie es gleich noch einmal.',
  refusedTitle: 'Der Server hat das abgelehnt',
  unexpectedTitle: 'Etwas ist schiefgegangen',
  unexpected:
    'Versuchen Sie es erneut. Bleibt es dabei, geben Sie die Anfrage-ID an die Betreiber des Dienstes weiter.',
  requestId: (id) => `Anfrage-ID ${id}`,
};
