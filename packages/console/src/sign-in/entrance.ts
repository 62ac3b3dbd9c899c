/**
 * What stands before the console: signing in, its failures, and having signed out. It is a card of five elements, drawn
 * without what draws the console, which nobody loads before a sign-in.
 */
import './entrance.css';
import type { Texts } from '../i18n/en/index.ts';
import type { Entry } from './arrival.ts';

interface Card {
  readonly title?: string;
  readonly text: string;
  readonly role?: 'alert' | 'status';
  /** What the library or the issuer said, in English. */
  readonly detail?: string;
  /** Words of the button that begins anew. */
  readonly action?: string;
}

type Words = Pick<Texts, 'common' | 'signIn'>;

/** Draws the card of whoever is not in. */
export function drawEntrance(root: HTMLElement, entry: Exclude<Entry, { kind: 'in' }>, words: Words): void {
  const card = cardOf(entry, words);
  const main = element('main', 'entrance');
  const body = element('div', 'entrance-card');
  if (card.title !== undefined) body.append(element('h1', 'entrance-title', card.title));
  const text = element('p', entry.kind === 'busy' ? 'entrance-busy' : 'entrance-text', card.text);
  if (card.role) text.role = card.role;
  body.append(text);
  if (card.detail) {
    const detail = element('p', 'entrance-detail', card.detail);
    detail.lang = 'en';
    body.append(detail);
  }
  if (card.action !== undefined) {
    const button = element('button', 'entrance-action', card.action);
    button.addEventListener('click', () => location.assign('/'));
    body.append(button);
  }
  main.append(body);
  root.replaceChildren(main);
}

function cardOf(entry: Exclude<Entry, { kind: 'in' }>, { common, signIn: t }: Words): Card {
  switch (entry.kind) {
    case 'busy':
      return { title: common.product, text: t.signingIn, role: 'status' };
    case 'windowCloses':
      return { text: t.closing };
    case 'signedOut':
      return { title: t.signedOutTitle, text: t.signedOut, action: t.signInAgain };
    case 'failed': {
      const title = entry.of === 'settings' ? t.settingsTitle : t.failedTitle;
      return { title, text: t.failed, role: 'alert', detail: entry.detail, action: common.retry };
    }
  }
}

function element<N extends keyof HTMLElementTagNameMap>(
  name: N,
  className: string,
  text = '',
): HTMLElementTagNameMap[N] {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}
