/** What a page and the window in which it has somebody sign in again know of each other. */

/** Where the window tells the page that the issuer answered: `{ query }`, the answer's query. */
export const SIGN_IN_CHANNEL = 'signed-in';

/** How the state of a sign-in in a window of its own begins: the issuer's pages may cut the window off from its opener. */
export const WINDOW_STATE = 'window-';
