import { model } from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { createPages } from './pages.ts';

const pages = createPages(model);

function ask(path: string, origin: string) {
  const page = pages[path]?.(origin);
  if (!page) throw new Error(`No page ${path}`);
  return page;
}

describe('pages', () => {
  it('name the origin that they were asked at, and no other', () => {
    for (const origin of ['https://help.example.org', 'http://localhost:8080']) {
      expect(ask('/docs', origin).body).toContain(`${origin}/beta`);
      expect(JSON.parse(ask('/openapi.json', origin).body).servers).toEqual([{ url: `${origin}/beta` }]);
      for (const path of ['/docs', '/openapi.json']) expect(ask(path, origin).body).not.toContain('.invalid');
    }
  });

  it('have a style sheet under a nonce that is another each time', () => {
    const nonces = ['/docs', '/docs', '/docs'].map((path) => {
      const { headers, body } = ask(path, 'https://help.example.org');
      const nonce = /style-src 'nonce-([^']+)'/.exec(headers?.['content-security-policy'] ?? '')?.[1];
      expect(body).toContain(`<style nonce="${nonce}">`);
      expect(body).not.toContain('{{');
      return nonce;
    });
    expect(new Set(nonces).size).toBe(3);
  });
});
