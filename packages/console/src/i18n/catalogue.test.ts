// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { de } from './de/index.ts';
import { en } from './en/index.ts';

const SOURCE = resolve(import.meta.dirname, '..');

type Catalogue = { readonly [name: string]: Catalogue | unknown };

/** Every text of a catalogue by its path; a function by how many values are filled in. */
function textsOf(catalogue: Catalogue, path = ''): Map<string, string> {
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(catalogue)) {
    const at = path === '' ? name : `${path}.${name}`;
    if (typeof value === 'string') texts.set(at, value);
    else if (typeof value === 'function') texts.set(at, `function of ${value.length}`);
    else for (const [inner, text] of textsOf(value as Catalogue, at)) texts.set(inner, text);
  }
  return texts;
}

/** Attributes of JSX that people read or hear. */
const READ =
  /^(?:aria-(?:label|description|roledescription|valuetext|placeholder)|title|label|placeholder|alt|hint|validationMessage|loading|text|children)$/;

/** Texts in JSX that stand there as letters instead of coming from the catalogue: `file:line text`. */
export function literalsIn(path: string, source: string): string[] {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const note = (node: ts.Node, text: string) => {
    if (!/\p{L}{2}/u.test(text)) return;
    const { line } = file.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${path}:${line + 1} ${text.trim()}`);
  };
  const texts = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) note(node, node.text);
    else if (ts.isTemplateExpression(node))
      note(node, [node.head, ...node.templateSpans.map((span) => span.literal)].map(({ text }) => text).join(''));
    else if (ts.isConditionalExpression(node)) [node.whenTrue, node.whenFalse].forEach(texts);
    else if (ts.isBinaryExpression(node) && /^(?:&&|\|\||\?\?|\+)$/.test(node.operatorToken.getText()))
      [node.left, node.right].forEach(texts);
    else if (ts.isParenthesizedExpression(node)) texts(node.expression);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) note(node, node.text);
    if (ts.isJsxAttribute(node) && READ.test(node.name.getText()) && node.initializer) {
      if (ts.isJsxExpression(node.initializer)) {
        if (node.initializer.expression) texts(node.initializer.expression);
      } else texts(node.initializer);
    }
    if (ts.isJsxExpression(node) && node.expression && !ts.isJsxAttribute(node.parent)) texts(node.expression);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

describe('the catalogue', () => {
  it('says in German everything that it says in English, with the same values filled in', () => {
    const [english, german] = [textsOf(en), textsOf(de)];
    expect([...german.keys()].sort()).toEqual([...english.keys()].sort());
    for (const [path, text] of english) {
      expect(german.get(path), path).not.toBe('');
      if (text.startsWith('function of')) expect(german.get(path), path).toBe(text);
    }
  });

  it('holds every word that a component shows', () => {
    const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'));
    expect(files.length).toBeGreaterThan(10);
    const found = files
      .filter((name) => !name.endsWith('.test.tsx'))
      .flatMap((name) => literalsIn(relative(SOURCE, join(SOURCE, name)), readFileSync(join(SOURCE, name), 'utf8')));
    expect(found).toEqual([]);
  });

  it.each([
    ['text between tags', '<p>Hello there</p>'],
    ['an expression between tags', "<p>{'Hello there'}</p>"],
    ['one of two words', "<p>{isOn ? t.on : 'Off here'}</p>"],
    ['a word that stands in for nothing', "<p>{name ?? 'Nobody'}</p>"],
    ['what screen readers say', '<button aria-label="Close it" />'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the source under test has one
    ['a template in an attribute', '<input placeholder={`Search ${what} now`} />'],
  ])('would miss %s', (_, source) => {
    expect(literalsIn('a.tsx', `const a = ${source};`)).toHaveLength(1);
  });

  it('lets through what nobody reads', () => {
    expect(
      literalsIn('a.tsx', `const a = <p className="left" role={isUp ? 'alert' : 'status'}>{t.a}: {n} – ×</p>;`),
    ).toEqual([]);
  });
});
