/** `npm run docs`: writes the generated parts of the documents. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GENERATED_DOCUMENTS, withGeneratedParts } from './generated-docs.ts';

for (const path of GENERATED_DOCUMENTS) {
  const { present, wanted } = withGeneratedParts(path);
  if (present === wanted) continue;
  writeFileSync(resolve(import.meta.dirname, '..', path), wanted);
  process.stdout.write(`${path} is new\n`);
}
