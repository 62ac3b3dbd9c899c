/** The rules for the whole organisation. */
export const settings = {
  title: 'Settings',
  readOnly: 'Your account may look at these settings, not change them.',
  remoteHelp: 'Remote help',
  remoteHelpOn: 'Helpers may ask for sessions on devices that their roles reach.',
  remoteHelpOff: 'Nobody can ask for a session. Switch it on to begin.',
  switchOff: 'Switch off',
  switchOffTitle: 'Switch remote help off?',
  switchOffText: 'Every session that is going on or being asked for ends within a second.',
  unenrolled: 'Sharing from a browser, without enrolment',
  unenrolledText:
    'Helpers may give out a code with which anybody shares a screen from a browser page. Such a device is known to nobody: only whoever has the code stands behind it. Off unless you need it.',
  chat: 'Chat in sessions',
  chatText: 'Helper and sharer can write to each other during a session. What they write is sealed from end to end.',
};
