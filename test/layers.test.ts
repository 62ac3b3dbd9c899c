/** The layer check must itself be able to fail: a checker that reads nothing passes everything. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const DEPCRUISE = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly violations: readonly {
      readonly from: string;
      readonly to: string;
      readonly rule: { readonly name: string };
    }[];
  };
}

/** Runs the check with the repository's rules over `packages` of a folder. */
function cruise(folder: string): Promise<Report> {
  const args = [
    DEPCRUISE,
    'packages',
    '--include-only',
    '^packages/[^/]+/src',
    '--config',
    '.dependency-cruiser.json',
    '--output-type',
    'json',
  ];
  return new Promise((resolveReport, reject) => {
    execFile(process.execPath, args, { cwd: folder, maxBuffer: 64 * 2 ** 20 }, (error, stdout) => {
      if (stdout.startsWith('{')) resolveReport(JSON.parse(stdout) as Report);
      else reject(error ?? new Error(stdout));
    });
  });
}

describe('the layer check', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'layers-'));
    for (const file of ['.dependency-cruiser.json', 'tsconfig.json', 'tsconfig.base.json']) {
      await cp(join(ROOT, file), join(folder, file));
    }
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function plant(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, 'packages/server/src', name);
      await mkdir(join(path, '..'), { recursive: true });
      await writeFile(path, text);
    }
  }

  it.each([
    ['odata/a.ts', 'api/b.ts', 'odata-knows-no-domain'],
    ['api/a.ts', 'storage/sqlite/b.ts', 'storage-implements-ports'],
    ['api/a.ts', 'issuer/b.ts', 'edges-meet-in-the-domain'],
    ['access/a.ts', 'api/b.ts', 'domain-knows-no-edge'],
    ['storage/a.ts', 'access/b.ts', 'storage-sees-no-caller'],
    ['store/a.ts', 'odata/b.ts', 'store-is-a-port'],
    ['gateway/a.ts', 'session/b.ts', 'hubs-know-no-sessions'],
    ['broker/a.ts', 'gateway/b.ts', 'broker-is-a-port'],
    ['api/a.ts', 'main.ts', 'main-joins-and-is-not-joined'],
    ['issuer/a.ts', 'data.ts', 'main-joins-and-is-not-joined'],
    ['main.ts', 'storage/sqlite/b.ts', 'storage-implements-ports'],
  ])('sees that %s imports %s', async (from, to, rule) => {
    const path = `./${'../'.repeat(from.split('/').length - 1)}${to}`;
    await plant({ [from]: `export * from '${path}';\n`, [to]: 'export const b = 1;\n' });
    const { summary } = await cruise(folder);
    expect(summary.totalCruised).toBe(2);
    expect(summary.violations.map((violation) => violation.rule.name)).toContain(rule);
  });

  it.each([
    ['agent/src/a.ts', 'server/src/b.ts', 'ends-know-the-contract-alone'],
    ['server/src/api/a.ts', 'agent/src/b.ts', 'service-stands-without-ends'],
    ['console/src/a.tsx', 'server/src/b.ts', 'ends-know-the-contract-alone'],
    ['console/src/devices/a.tsx', 'agent/src/b.ts', 'ends-know-the-contract-alone'],
    ['console/src/devices/a.tsx', 'console/src/audit/b.tsx', 'pages-of-the-console-stand-apart'],
    ['console/src/shell/a.tsx', 'console/src/devices/b.tsx', 'the-ground-of-the-console-knows-no-page'],
  ])('sees that packages/%s imports %s', async (from, to, rule) => {
    const path = `${'../'.repeat(from.split('/').length - 1)}${to}`;
    // The compiler's settings that the check reads leave out the console, which has settings of its own.
    const beside = { '../../protocol/src/a.ts': 'export const a = 1;\n' };
    await plant({
      ...beside,
      [`../../${from}`]: `export * from '${path}';\n`,
      [`../../${to}`]: 'export const b = 1;\n',
    });
    const { summary } = await cruise(folder);
    expect(summary.violations.map((violation) => violation.rule.name)).toEqual([rule]);
  });

  it('sees a type-only import of a forbidden layer', async () => {
    await plant({
      'odata/a.ts': "import type { B } from '../api/b.ts';\nexport type A = B;\n",
      'api/b.ts': 'export type B = 1;\n',
    });
    const { summary } = await cruise(folder);
    expect(summary.violations.map((violation) => violation.rule.name)).toContain('odata-knows-no-domain');
  });

  it('finds nothing wrong in a sound tree', async () => {
    await plant({ 'api/a.ts': "export * from '../odata/b.ts';\n", 'odata/b.ts': 'export const b = 1;\n' });
    const { summary } = await cruise(folder);
    expect(summary).toMatchObject({ totalCruised: 2, violations: [] });
  });
});
