import {
  type EntitySet,
  entitySet,
  entityType,
  enumOf,
  enumType,
  type Model,
  model,
  string,
} from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { apiPage } from '../../src/odata/api-page.ts';

const options = { nonce: 'bm9uY2U=', serverUrl: 'https://host' };
const page = apiPage(model, options);

/** What libxml2 says of the page once its void elements and bare attributes are written as XML wants them. */
async function markupErrors(text: string): Promise<readonly string[]> {
  const xml = text
    .replace('<!doctype html>', '')
    .replaceAll(/<(meta[^>]*|wbr)>/g, '<$1/>')
    .replaceAll('<details open>', '<details open="">');
  const { errors } = await validateXML({ xml: { fileName: 'page.xml', contents: xml }, normalization: 'format' });
  return errors.map(({ message }) => message);
}

function all(pattern: RegExp, text = page): readonly string[] {
  return [...text.matchAll(pattern)].map(([, group = '']) => group);
}

/** The section of a set, tags left out. */
function sectionText(name: string, of = page): string {
  const section = of.slice(of.indexOf(`<section aria-labelledby="${name}">`));
  return section.slice(0, section.indexOf('</section>')).replaceAll(/<[^>]*>/g, '');
}

describe('API page', () => {
  it('is well-formed, and the check would notice if it were not', async () => {
    expect(await markupErrors(page)).toEqual([]);
    expect(await markupErrors(page.replace('</caption>', ''))).not.toEqual([]);
  });

  it('runs under a strict content security policy', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+=|javascript:|@import|url\(/i);
    expect(all(/<style([^>]*)>/g)).toEqual([' nonce="bm9uY2U="']);
    expect(all(/href="([^"]*)"/g).filter((href) => !href.startsWith('#'))).toEqual([
      '/beta/$metadata',
      '/openapi.json',
      '/beta',
    ]);
  });

  it('has unique ids, and no link or label that leads nowhere', () => {
    const ids = all(/\sid="([^"]*)"/g);
    expect(new Set(ids).size).toBe(ids.length);
    const targets = [
      ...all(/href="#([^"]*)"/g),
      ...all(/aria-labelledby="([^"]*)"/g).flatMap((list) => list.split(' ')),
    ];
    expect(targets.length).toBeGreaterThan(100);
    expect(ids).toEqual(expect.arrayContaining(targets));
  });

  it('can be found one’s way in by headings, landmarks and captions', () => {
    const levels = all(/<h([1-6])/g).map(Number);
    expect(levels[0]).toBe(1);
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).toBe(true);
    expect(all(/<(main|nav)\b/g).toSorted()).toEqual(['main', 'nav']);
    expect(page.indexOf('class="skip"')).toBeLessThan(page.indexOf('<nav'));
    expect(all(/(<caption)/g)).toHaveLength(all(/(<table)/g).length);
    expect(page).toContain('<html lang="en">');
  });

  it.each(model.sets.map((set): [string, EntitySet] => [set.name, set]))('describes %s', (name, set) => {
    const text = sectionText(name);
    expect(text).toContain(`/${set.path}`);
    for (const permission of [...set.permissions.read, ...set.permissions.write]) expect(text).toContain(permission);
    for (const [property, { doc = '' }] of Object.entries(set.viewOf ? {} : set.type.properties)) {
      expect(text).toContain(property);
      expect(text).toContain(doc.replaceAll("'", '&#39;'));
    }
    expect(text).toContain('&#34;@odata.type&#34;');
  });

  it('shows what to send in the update of an extension', () => {
    const text = sectionText('ExtendRemoteHelpSessionResponse');
    expect(text).toContain('PATCH /beta/ExtendRemoteHelpSessionResponse/');
    expect(text).toContain('2016-12-31T23:59:57.5564522-08:00');
    expect(text.match(/Secret:/g)).toHaveLength(2);
  });

  it('takes nothing from the model for markup', async () => {
    const hostile = `</code><script>alert("1" & 2)</script>`;
    const kind = enumType('kind', ['a'], { doc: hostile });
    const type = entityType('thing', { name: string({ doc: hostile }), kind: enumOf(kind) }, { doc: hostile });
    const set = entitySet('things', type, { permissions: { read: [hostile], write: [] } });
    const odd: Model = { sets: [set], operations: [] };
    const text = apiPage(odd, { nonce: '"><script>', serverUrl: 'https://"><script>' });
    expect(text).not.toContain('<script');
    expect(await markupErrors(text)).toEqual([]);
  });
});
