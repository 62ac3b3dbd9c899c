/** An acknowledged write has reached the disk: a killed process can't show a missing sync, counting them can. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const COMMITS = 40;
const CHILD = join(import.meta.dirname, 'commit-child.ts');
const folder = mkdtempSync(join(tmpdir(), 'remote-help-syncs-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Syncs that a process makes of its own while it commits, opening and closing included. */
function syncsOf(name: string, commits: number, mode: 'safe' | 'unsafe'): number {
  const trace = join(folder, `${name}.trace`);
  const words = ['-f', '-qq', '-e', 'trace=fsync,fdatasync', '-o', trace, process.execPath, CHILD];
  const made = execFileSync('strace', [...words, join(folder, `${name}.sqlite`), String(commits), mode], {
    encoding: 'utf8',
  });
  expect(made).toBe(String(commits));
  return readFileSync(trace, 'utf8').match(/\bf(data)?sync\(/g)?.length ?? 0;
}

it('each acknowledged commit is one sync at least', () => {
  const idle = syncsOf('idle', 0, 'safe');
  expect(syncsOf('safe', COMMITS, 'safe') - idle).toBeGreaterThanOrEqual(COMMITS);
});

it('and without them the count is seen to fall short', () => {
  const idle = syncsOf('unsafe-idle', 0, 'unsafe');
  expect(syncsOf('unsafe', COMMITS, 'unsafe') - idle).toBeLessThan(COMMITS);
});
