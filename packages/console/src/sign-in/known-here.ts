/**
 * Whether somebody signed in with this browser and did not sign out, so that the issuer may know them still. It is a guess
 * that saves time, and says nothing of who it was.
 */

const STORED = 'signed-in-here';

/** Whether it is worth asking the issuer without leaving the page. */
export function isKnownHere(storage: Pick<Storage, 'getItem'>): boolean {
  return storage.getItem(STORED) !== null;
}

/** Notes that somebody signed in, or that nobody is signed in any more. */
export function noteKnownHere(storage: Pick<Storage, 'setItem' | 'removeItem'>, isKnown: boolean): void {
  if (isKnown) storage.setItem(STORED, 'yes');
  else storage.removeItem(STORED);
}
