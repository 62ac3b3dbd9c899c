/** What the scripts run on: the wrong Node silently brings older packages with it. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');

function readPackage(path: string): { version: string; dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}

describe('the toolchain', () => {
  it('runs the pinned Node', () => {
    expect(readPackage('package.json').dependencies.node).toBe('26.10.0');
    expect(process.version).toBe('v26.10.0');
  });

  it('has the better-sqlite3 that needs no compiler', () => {
    expect(readPackage('node_modules/better-sqlite3/package.json').version).toMatch(/^13\./);
  });

  it('has the dependency-cruiser and TypeScript that read each other', () => {
    expect(readPackage('node_modules/typescript/package.json').version).toMatch(/^6\./);
    expect(readPackage('node_modules/dependency-cruiser/package.json').version).toMatch(/^18\./);
  });

  it('says what to do on another Node', async () => {
    const script = `Object.defineProperty(process, 'version', { value: 'v20.0.0' }); await import(${JSON.stringify(join(ROOT, 'scripts/check-node.js'))});`;
    const { code, stderr } = await new Promise<{ code: number; stderr: string }>((done) => {
      execFile(process.execPath, ['--input-type=module', '-e', script], (error, _stdout, stderr) =>
        done({ code: Number(error?.code ?? 0), stderr }),
      );
    });
    expect(code).toBe(1);
    expect(stderr).toContain('npm ci');
  });
});
