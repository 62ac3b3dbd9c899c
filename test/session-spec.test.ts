/** `docs/spec/session.md` against the code: the table of who may what, and rows that tests must quote. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WHO_MAY } from '../packages/server/src/session/who-may.ts';

const ROOT = resolve(import.meta.dirname, '..');
const spec = readFileSync(join(ROOT, 'docs/spec/session.md'), 'utf8');
const tests = globSync(['packages/server/{src,test}/**/*.ts'], { cwd: ROOT })
  .filter((path) => path.includes('/test/') || path.endsWith('.test.ts'))
  .map((path) => readFileSync(join(ROOT, path), 'utf8'))
  .join('\n');

/** Cells of the rows of a table, by the heading that it stands under. */
function tableUnder(heading: string): string[][] {
  const section = spec.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|') && !line.startsWith('| ---'));
  return lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('docs/spec/session.md', () => {
  it('shows who may what as the code has it, cell by cell', () => {
    const [[, ...roles] = [], ...rows] = tableUnder('Who may call what');
    const shown = Object.fromEntries(
      rows.map(([operation, ...cells]) => [
        operation,
        Object.fromEntries(cells.map((cell, index) => [roles[index], cell.split(', ')])),
      ]),
    );
    expect(shown).toEqual(WHO_MAY);
  });

  const finer = tableUnder('More exactly')
    .slice(1)
    .map(([id]) => id ?? '');

  const quoted = new Set(tests.match(/\bSES-\d+\.\d+\b/g));

  it('has finer rules', () => expect(finer.length).toBeGreaterThan(15));

  it.each(finer)('%s is quoted by a test', (id) => {
    expect(quoted).toContain(id);
  });
});
