import type { Texts } from '../en/index.ts';

export const share: Texts['share'] = {
  title: 'Bildschirm teilen',
  language: 'Sprache',

  unableTitle: 'Dieser Browser kann seinen Bildschirm nicht teilen',
  unablePhone:
    'Telefone und Tablets lassen eine Webseite ihren Bildschirm nicht zeigen. Öffnen Sie diese Seite an einem Computer.',
  unableBrowser:
    'Öffnen Sie diese Seite an einem Computer mit einer aktuellen Version von Edge, Chrome, Firefox oder Safari.',
  unableInsecure:
    'Diese Seite kam über eine ungesicherte Verbindung. Öffnen Sie sie mit https:// am Anfang der Adresse.',

  codeTitle: 'Jemanden Ihren Bildschirm sehen lassen',
  codeText:
    'Wer Ihnen hilft, hat einen Code für Sie. Bevor Sie gesehen haben, wer es ist, und zugestimmt haben, wird nichts gezeigt.',
  codeLabel: 'Code',
  codeHint: '8 Buchstaben und Ziffern, etwa 7K3M-Q9TD',
  codeContinue: 'Weiter',
  codeChecking: 'Der Code wird geprüft …',
  codeMalformed: 'Ein Code hat 8 Buchstaben und Ziffern. Lassen Sie ihn sich noch einmal sagen, wenn etwas fehlt.',
  codeRefused: 'Dieser Code gilt nicht: vertippt, schon benutzt oder zu alt. Bitten Sie um einen neuen.',
  codeSlowed: (seconds) =>
    seconds === 1
      ? 'Zu viele Codes waren falsch. In 1 Sekunde wird es erneut versucht.'
      : `Zu viele Codes waren falsch. In ${seconds} Sekunden wird es erneut versucht.`,
  codeUnavailable: 'Der Server ist nicht erreichbar. Prüfen Sie Ihr Netz und versuchen Sie es dann erneut.',
  codeFailed: (reason) => `Das ging nicht: ${reason}`,

  askTitle: (name) => `${name} möchte Ihren Bildschirm sehen`,
  askName: 'Name',
  askMail: 'E-Mail',
  askOrganization: 'Organisation',
  askWhat: 'Worum gebeten wird',
  askView: 'Den Bildschirm zu sehen, den Sie auswählen. Niemand kann Ihre Maus oder Tastatur benutzen.',
  askWords: 'Was dazu geschrieben wurde, von niemandem geprüft',
  askReason: 'Grund',
  askTicket: 'Ticket',
  askWarning:
    'Stimmen Sie nur zu, wenn Sie um Hilfe gebeten haben und wissen, dass es diese Person ist. Niemand Seriöses ruft aus heiterem Himmel an, und wer hilft, fragt nicht nach Passwörtern und will Ihr Konto nicht sehen.',
  askAccept: 'Auswählen, was geteilt wird',
  askDecline: 'Ablehnen',
  askReport: 'Ablehnen und melden',
  askLeft: (time) => `noch ${time} für die Antwort`,
  askConnecting: 'Verbindung wird aufgebaut …',
  askCancelled: 'Es wurde nichts ausgewählt, also wird nichts geteilt. Wählen Sie erneut aus, oder lehnen Sie ab.',
  askFailed: (reason) => `Ihr Bildschirm konnte nicht geteilt werden: ${reason}`,
  askRefusedBySystem:
    'Das System lässt diesen Browser den Bildschirm nicht aufnehmen. Erlauben Sie es in den Einstellungen des Systems und versuchen Sie es dann erneut.',
  starting: 'Es geht los …',

  sharingTitle: (name) => `${name} sieht Ihren Bildschirm`,
  sharingWaiting: 'Noch sieht niemand Ihren Bildschirm: Die Verbindung wird aufgebaut.',
  sharingPaused: 'Angehalten: Wer hilft, sieht das letzte Bild stillstehen.',
  sharingBroken: 'Ihre Verbindung ist unterbrochen. Sie wird wiederhergestellt.',
  stop: 'Teilen beenden',
  pause: 'Anhalten',
  resume: 'Weiter',
  keepOnTop: 'Im Vordergrund halten',
  keptOnTop: 'Wird im kleinen Fenster gezeigt',
  left: (time) => `noch ${time}`,
  preview: 'Was Sie teilen',
  previewHint:
    'Was gezeigt und gezeichnet wird, erscheint hier und im kleinen Fenster: Auf Ihren Desktop kann eine Webseite nicht zeichnen.',
  clearDrawings: 'Zeichnungen löschen',
  seenBy: 'Wer es sieht',
  sees: 'Sieht Ihren Bildschirm',
  seesNot: 'Verbindet sich',
  digits:
    'Vergleichen Sie diese Ziffern mit der Person, die hilft. Sind sie verschieden, liest jemand mit: Beenden Sie.',
  digitsNone: 'Diese Verbindung ist nicht gegen den Server versiegelt.',
  pairRefused: 'Eine Verbindung wurde abgewiesen, weil ihre Schlüssel nicht bewiesen waren.',
  promptTitle: (name) => `${name} möchte Ihren Bildschirm ebenfalls sehen`,
  promptAccept: 'Zulassen',
  promptDecline: 'Ablehnen',

  chat: 'Chat',
  chatEmpty: 'Noch hat niemand geschrieben.',
  chatHint: 'Nachricht schreiben',
  chatSend: 'Senden',
  chatMe: 'Sie',
  chatBlocked: 'Der Chat ist in dieser Organisation ausgeschaltet.',
  chatNotDelivered: 'Nicht zugestellt',
  chatTooLong: 'Höchstens 4.000 Zeichen.',

  overTitle: 'Niemand sieht Ihren Bildschirm mehr',
  over: {
    declined: 'Sie haben abgelehnt.',
    timedOut: 'Die Frage blieb zu lange ohne Antwort.',
    cancelled: 'Die Frage wurde zurückgezogen.',
    expired: 'Die Zeit war um.',
    endedByHelper: 'Wer half, hat es beendet.',
    endedBySharer: 'Sie haben das Teilen beendet.',
    endedByAdmin: 'Die Verwaltung hat es beendet.',
    helperLeft: 'Wer half, war eine Minute lang fort.',
    sharerLeft: 'Ihre Verbindung war zu lange fort.',
    revoked: 'Das Recht zu helfen wurde entzogen, oder es wurde ausgeschaltet.',
    failed: 'Unterwegs ist etwas gescheitert.',
  },
  overAgain: 'Einen anderen Code eingeben',
};
