/** Signing in and out. */
export const signIn = {
  signingIn: 'Signing in…',
  signedOutTitle: 'You are signed out',
  signedOut: 'Nothing of your session is left in this tab.',
  signInAgain: 'Sign in again',
  failedTitle: 'Signing in did not work',
  failed: 'Try again. If it stays, tell whoever runs the service what is written below.',
  cancelled: 'You did not finish signing in.',
  settingsTitle: 'The console cannot reach its server',
  expiredTitle: 'Your sign-in has ended',
  expired: 'Sign in again to go on. The page stays as it is, a running session goes on.',
  popupBlocked: 'The browser blocked the sign-in window. Allow windows of this site, then try again.',
  closing: 'You are signed in. You can close this window if it stays open.',
};
