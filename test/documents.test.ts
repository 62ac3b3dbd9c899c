import { describe, expect, it } from 'vitest';
import { GENERATED_DOCUMENTS, withGeneratedParts } from '../scripts/generated-docs.ts';

describe('generated documents', () => {
  it.each(GENERATED_DOCUMENTS)('%s says what the code says (npm run docs makes it anew)', (path) => {
    const { present, wanted } = withGeneratedParts(path);
    expect(wanted).toContain('| --- |');
    expect(present).toBe(wanted);
  });
});
