/**
 * A sign-in that has begun: what the page has to remember while the browser is at the issuer. It outlives the page in
 * this tab's session storage, is taken out once, and holds no token.
 */

/** What the answer is held against, and where to go on. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Path, query and fragment of the page that wanted the sign-in. */
  readonly returnTo: string;
}

const STORED = 'pending-sign-in';

/** Keeps it. */
export function keepPendingSignIn(storage: Pick<Storage, 'setItem'>, pending: PendingSignIn): void {
  storage.setItem(STORED, JSON.stringify(pending));
}

/** Takes it out; undefined where there is none, or nothing that could be read. */
export function takePendingSignIn(storage: Pick<Storage, 'getItem' | 'removeItem'>): PendingSignIn | undefined {
  const text = storage.getItem(STORED);
  storage.removeItem(STORED);
  if (text === null) return undefined;
  try {
    const { state, nonce, codeVerifier, returnTo } = JSON.parse(text) as Partial<PendingSignIn>;
    if (!state || !nonce || !codeVerifier || !returnTo) return undefined;
    return { state, nonce, codeVerifier, returnTo: ownPath(returnTo) };
  } catch {
    return undefined;
  }
}

/** A path of this site, whatever was stored: `//elsewhere.example` would leave it. */
function ownPath(path: string): string {
  return /^\/(?![/\\])/.test(path) ? path : '/';
}
