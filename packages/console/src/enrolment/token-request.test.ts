import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { enrolCommands } from './token-request.ts';

const ROOT = join(import.meta.dirname, '../../../..');

it.each([
  ['README.md', 'http://127.0.0.1:8080', 'TOKEN'],
  ['docs/operations.md', 'https://help.example.org:8443', '"$TOKEN"'],
])('the commands of the page are those of %s', (document, origin, token) => {
  const text = readFileSync(join(ROOT, document), 'utf8').replaceAll(/^ +/gm, '');
  expect(text).toContain(enrolCommands(origin, token));
});
