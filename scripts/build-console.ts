/**
 * `npm run build`: builds the console. With `--if-needed`, as before `npm start` and `npm test`, only when a source is
 * newer than what was built. The new build takes the place of the old one when it is complete.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');
const CONSOLE = join(ROOT, 'packages/console');
const DIST = join(CONSOLE, 'dist');
const NEXT = join(CONSOLE, `dist.${process.pid}.next`);
const OLD = join(CONSOLE, `dist.${process.pid}.old`);

const SOURCES = [
  ...['src', 'build', 'public', 'index.html', 'share.html', 'vite.config.ts', 'package.json'].map((name) =>
    join(CONSOLE, name),
  ),
  join(ROOT, 'packages/protocol/src'),
  join(ROOT, 'package-lock.json'),
];

if (process.argv[2] !== '--if-needed' || isStale()) build();

function isStale(): boolean {
  const built = join(DIST, 'routes.json');
  if (!existsSync(built)) return true;
  const { mtimeMs } = statSync(built);
  return SOURCES.some((source) => existsSync(source) && newest(source) > mtimeMs);
}

/** The latest change of a file, or of anything in a folder; a folder itself changes when something in it goes. */
function newest(path: string): number {
  const { mtimeMs } = statSync(path);
  if (!statSync(path).isDirectory()) return mtimeMs;
  const inside = readdirSync(path, { recursive: true, withFileTypes: true });
  return Math.max(mtimeMs, ...inside.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs));
}

function build(): void {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  if (!existsSync(vite)) {
    const rest = existsSync(DIST) ? 'The console is served as it was built before.' : 'The console is not served.';
    process.stderr.write(`The console can't be built: npm was told to leave out development packages. ${rest}\n`);
    return;
  }
  process.stdout.write('Building the console … ');
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, [vite, 'build', CONSOLE, '--outDir', NEXT, '--emptyOutDir'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  });
  if (status !== 0) {
    rmSync(NEXT, { recursive: true, force: true });
    process.stderr.write('The console was not built: see above.\n');
    process.exit(1);
  }
  if (existsSync(DIST)) renameSync(DIST, OLD);
  renameSync(NEXT, DIST);
  rmSync(OLD, { recursive: true, force: true });
  const { gzipBytes } = JSON.parse(readFileSync(join(DIST, 'first-load.json'), 'utf8')) as { gzipBytes: number };
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`${seconds} s; a first visit loads ${(gzipBytes / 1_000).toFixed(0)} kB.\n`);
}
