/** The documents against the code: what they name exists, their links lead somewhere, their rules are tested. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { model } from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { run } from '../packages/server/src/cli/cli.ts';
import { settingRows } from '../packages/server/src/config.ts';
import { GENERATED_DOCUMENTS, withGeneratedParts } from '../scripts/generated-docs.ts';

const ROOT = resolve(import.meta.dirname, '..');
const DOCUMENTS = globSync(['*.md', 'docs/**/*.md'], { cwd: ROOT }).sort();
const SPECS = DOCUMENTS.filter((path) => path.startsWith('docs/spec/'));
const SOURCES = globSync('packages/*/src/**/*.{ts,tsx}', { cwd: ROOT });
/** Where a path in a document may begin. */
const FOLDERS = ['.', 'packages/server/src', 'docs'];

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([whole, part]) => part ?? whole);
}

/** Blocks of code in no language: drawings. */
function drawingsOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  return blocks.filter(([, language]) => language === '').map(([, , block]) => block ?? '');
}

/** What stands between backticks, blocks of code included. */
function codeOf(text: string): string[] {
  const blocks = matches(text, /^```\w*\n([\s\S]*?)^```$/gm);
  return [...blocks, ...matches(text.replace(/^```[\s\S]*?^```$/gm, ''), /`([^`\n]+)`/g)];
}

/** Headings as GitHub makes anchors of them. */
function anchorsOf(text: string): string[] {
  return matches(text, /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

async function outputOf(...words: string[]): Promise<string> {
  const lines: string[] = [];
  const terminal = {
    out: (line: string) => lines.push(line),
    error: (line: string) => lines.push(line),
    isInteractive: false,
    readInput: async () => '',
  };
  expect(await run(words, terminal)).toBe(0);
  return lines.join('\n');
}

describe('generated documents', () => {
  it.each(GENERATED_DOCUMENTS)('%s says what the code says (npm run docs makes it anew)', (path) => {
    const { present, wanted } = withGeneratedParts(path);
    expect(wanted).toContain('| --- |');
    expect(present).toBe(wanted);
  });
});

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  it('has links that lead somewhere', () => {
    for (const link of matches(text, /\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      expect(existsSync(join(ROOT, target)), link).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(read(target)), link).toContain(anchor);
    }
  });

  it('names files and folders that exist', () => {
    // `x.ts` stands for any file; `data/` is made by the service.
    const named = codeOf(text).filter(
      (code) =>
        /^[\w.-]+(\/[\w.-]+)*(\/|\.(tsx?|js|json|md|service|ya?ml|html|css|png))$/.test(code) &&
        !/^(x\.|data\/)/.test(code),
    );
    for (const path of named) {
      expect(
        FOLDERS.some((folder) => existsSync(join(ROOT, folder, path))),
        path,
      ).toBe(true);
    }
  });

  it('draws files that exist', () => {
    for (const name of drawingsOf(text).flatMap((drawing) => matches(drawing, /[\w-]+(?:\/[\w-]+)*\.tsx?\b/g))) {
      expect(
        SOURCES.some((source) => source.endsWith(`/${name}`)),
        name,
      ).toBe(true);
    }
  });

  it('names npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    for (const code of codeOf(text)) {
      for (const name of matches(code, /\bnpm run ([\w:-]+)/g)) expect(scripts, code).toHaveProperty(name);
      for (const name of matches(code, /\bnpm (start|test)\b/g)) expect(scripts, code).toHaveProperty(name);
    }
  });

  it('names settings that exist', () => {
    const settings = settingRows().map(({ name }) => name);
    for (const name of matches(text, /\bREMOTE_HELP_[A-Z0-9_]*[A-Z0-9]\b/g)) expect(settings).toContain(name);
  });

  it('names commands and options that exist', async () => {
    const commands = matches(await outputOf('--help'), /^ {2}([a-z]+(?: [a-z]+)?) {2,}/gm);
    const calls = codeOf(text).flatMap((code) => matches(code, /remote-help(?:\.js)? ([a-z]+[^\n`…)]*)/g));
    for (const call of calls) {
      const name = commands.find((command) => `${call} `.startsWith(`${command} `));
      expect(name, `remote-help ${call}`).toBeDefined();
      const help = await outputOf(...(name ?? '').split(' '), '--help');
      for (const option of matches(call, /(--[a-z-]+)/g)) expect(help, call).toContain(`  ${option} `);
    }
  });
});

describe('docs/operations.md', () => {
  it('names every command', async () => {
    const operations = read('docs/operations.md');
    for (const name of matches(await outputOf('--help'), /^ {2}([a-z]+(?: [a-z]+)?) {2,}/gm)) {
      expect(operations).toContain(`remote-help ${name}`);
    }
  });
});

describe('the coverage table', () => {
  const table = read('docs/spec/odata.md').split('## Coverage')[1]?.split('\n## ')[0] ?? '';

  it.each(model.sets.map(({ path }) => path))('names %s', (path) => {
    expect(table).toContain(`${path.replace(/\{[\w-]+\}/, '{id}')}\``);
  });

  it.each(model.operations.map(({ name }) => name))('names %s', (name) => {
    expect(table).toContain(`\`${name}\``);
  });
});

describe('the rules of the specification', () => {
  const rules = SPECS.flatMap((path) => matches(read(path), /^\| ([A-Z]+-\d+) \|/gm));
  const tests = globSync(['packages/*/{src,test}/**/*.ts', 'test/**/*.ts'], { cwd: ROOT })
    .filter((path) => path.includes('/test/') || path.startsWith('test/') || path.endsWith('.test.ts'))
    .map(read)
    .join('\n');
  const areas = [...new Set(rules.map((rule) => rule.split('-')[0]))].join('|');
  const quoted = new Set(matches(tests, new RegExp(`\\b(?:${areas})-\\d+\\b`, 'g')));

  it('are numbered once each, from 1, without gaps', () => {
    expect(rules.length).toBeGreaterThan(100);
    for (const area of new Set(rules.map((rule) => rule.split('-')[0]))) {
      const numbers = rules.filter((rule) => rule.startsWith(`${area}-`)).map((rule) => Number(rule.split('-')[1]));
      expect(
        numbers.toSorted((a, b) => a - b),
        area,
      ).toEqual(numbers.map((_, index) => index + 1));
    }
  });

  it.each(rules)('%s is quoted by a test', (rule) => {
    expect(quoted).toContain(rule);
  });

  it('are all that tests quote', () => {
    expect(rules).toEqual(expect.arrayContaining([...quoted]));
  });
});
