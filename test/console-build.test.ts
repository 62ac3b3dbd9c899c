/** What `npm run build` made of the console: small enough for a first visit, and fit for the policy under which it runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { ConsoleFiles } from '../packages/server/src/api/console-files.ts';

const DIST = resolve(import.meta.dirname, '../packages/console/dist');
const BUDGET_BYTES = 290_000;
/** Each costs a slow processor a few milliseconds, whatever is in it. */
const MOST_FILES = 10;
/** Of the scripts that a page begins with: all that the entrance needs. */
const ENTRANCE_BUDGET_BYTES = 15_000;
const MOST_ENTRANCE_FILES = 3;

function read(name: string): string {
  const path = join(DIST, name);
  if (!existsSync(path)) throw new Error(`${path} is not there: run \`npm run build\` first. \`npm test\` does.`);
  return readFileSync(path, 'utf8');
}

const documents = () => readdirSync(DIST).filter((name) => name.endsWith('.html'));

describe('the console as built', () => {
  it('costs a first visit little, in few files', () => {
    const { files, gzipBytes } = JSON.parse(read('first-load.json')) as { files: string[]; gzipBytes: number };
    expect(gzipBytes).toBeLessThan(BUDGET_BYTES);
    expect(gzipBytes).toBeGreaterThan(50_000);
    expect(files.length).toBeLessThanOrEqual(MOST_FILES);
    // What a first visit needs is in the sum: React and Fluent UI, the words, the first page.
    for (const part of ['index', 'react', 'console', 'en']) {
      expect(files.some((file) => file.startsWith(`assets/${part}-`))).toBe(true);
    }
  });

  it('has an entrance without what draws the console', () => {
    const named = [...read('index.html').matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)].map(([, path = '']) =>
      read(path),
    );
    expect(named.length).toBeGreaterThan(0);
    expect(named.length).toBeLessThanOrEqual(MOST_ENTRANCE_FILES);
    expect(named.some((text) => text.includes('code_challenge'))).toBe(true);
    const bytes = named.reduce((sum, text) => sum + gzipSync(text).length, 0);
    expect(bytes).toBeLessThan(ENTRANCE_BUDGET_BYTES);
  });

  it('leaves the remote screen to those who open one', () => {
    const { files } = JSON.parse(read('first-load.json')) as { files: string[] };
    const scripts = readdirSync(join(DIST, 'assets')).filter((name) => name.endsWith('.js'));
    const screen = scripts.filter((name) => read(`assets/${name}`).includes('QEMUExtendedKeyEvent'));
    expect(screen.length).toBeGreaterThan(0);
    for (const name of screen) expect(files).not.toContain(`assets/${name}`);
  });

  it('has no script or style in its documents, and a place for the nonce', () => {
    expect(documents()).toContain('index.html');
    for (const name of documents()) {
      const text = read(name);
      expect(text).toContain('<meta property="csp-nonce" nonce="{{nonce}}">');
      expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
      expect(text).not.toMatch(/<style|\son\w+=|javascript:|\sstyle=/);
      expect(text).not.toMatch(/(?:src|href)="(?!\/)/);
    }
  });

  it('is what the server reads: every document and every asset that they name', async () => {
    const build = await new ConsoleFiles(DIST).current();
    expect(build).toBeDefined();
    const routes = JSON.parse(read('routes.json')) as Record<string, string>;
    for (const path of Object.keys(routes)) {
      expect(build?.documentAt(path.replaceAll(/:\w+/g, 'x')), path).toContain('<!doctype html>');
    }
    for (const name of documents()) {
      for (const [, path = ''] of read(name).matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
        expect(build?.assets.get(path)?.isHashed ?? false, path).toBe(path.startsWith('/assets/'));
      }
    }
    for (const [path, { bodies }] of build?.assets ?? []) {
      if (bodies.identity.length > 1_000) expect([path, Object.keys(bodies).length]).toEqual([path, 3]);
    }
  });
});
