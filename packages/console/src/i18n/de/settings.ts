import type { Texts } from '../en/index.ts';

export const settings: Texts['settings'] = {
  title: 'Einstellungen',
  readOnly: 'Ihr Konto darf diese Einstellungen ansehen, aber nicht ändern.',
  remoteHelp: 'Fernhilfe',
  remoteHelpOn: 'Helfende dürfen Sitzungen auf Geräten anfragen, die ihre Rollen umfassen.',
  remoteHelpOff: 'Niemand kann eine Sitzung anfragen. Schalten Sie die Fernhilfe ein, um zu beginnen.',
  switchOff: 'Ausschalten',
  switchOffTitle: 'Fernhilfe ausschalten?',
  switchOffText: 'Jede laufende oder angefragte Sitzung endet innerhalb einer Sekunde.',
  unenrolled: 'Freigabe aus einem Browser, ohne Registrierung',
  unenrolledText:
    'Helfende dürfen einen Code ausgeben, mit dem jede Person ihren Bildschirm aus einer Browserseite freigeben kann. Ein solches Gerät kennt niemand: Hinter ihm steht nur, wer den Code hat. Ausgeschaltet lassen, wenn Sie es nicht brauchen.',
  chat: 'Chat in Sitzungen',
  chatText:
    'Helfende und Teilende können sich während einer Sitzung schreiben. Was sie schreiben, ist von Ende zu Ende versiegelt.',
};
