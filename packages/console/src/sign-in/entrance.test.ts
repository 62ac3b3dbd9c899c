import { beforeEach, describe, expect, it } from 'vitest';
import { ENTRANCE_TEXTS } from '../i18n/entrance.ts';
import { drawEntrance } from './entrance.ts';

let root: HTMLElement;
beforeEach(() => {
  root = document.createElement('div');
  root.append('what stood there before');
});

describe('the card before the console', () => {
  it.each(['en', 'de'] as const)('says who signed out so, and leads in again, in %s', (language) => {
    const words = ENTRANCE_TEXTS[language];
    drawEntrance(root, { kind: 'signedOut' }, words);
    expect(root.querySelector('main h1')?.textContent).toBe(words.signIn.signedOutTitle);
    expect([...root.querySelectorAll('button')].map(({ textContent }) => textContent)).toEqual([
      words.signIn.signInAgain,
    ]);
    expect(root.textContent).not.toContain('before');
  });

  it('alerts to a failure, and shows what was said about it as text, in English', () => {
    const words = ENTRANCE_TEXTS.de;
    const detail = '<img src=x onerror=alert(1)>';
    drawEntrance(root, { kind: 'failed', of: 'signIn', detail }, words);
    expect(root.querySelector('[role="alert"]')?.textContent).toBe(words.signIn.failed);
    expect(root.querySelector('[lang="en"]')?.textContent).toBe(detail);
    expect(root.querySelector('img')).toBeNull();
    expect(root.querySelector('button')?.textContent).toBe(words.common.retry);
  });

  it('leaves nothing to do where nothing is to be done', () => {
    for (const kind of ['busy', 'windowCloses'] as const) {
      drawEntrance(root, { kind }, ENTRANCE_TEXTS.en);
      expect(root.querySelector('button')).toBeNull();
    }
  });
});
