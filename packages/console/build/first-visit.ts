/**
 * Which modules a first visit loads, found by a build that is thrown away: so that they make few files, and none of them
 * holds what other pages alone need. Each file costs a slow processor more than what is in it.
 */
import { build, type InlineConfig, type Rolldown } from 'vite';

/** Groups for the build: modules that two or three of the entries share, then what the console needs besides. */
export async function groupsOfFirstVisit(config: InlineConfig): Promise<Rolldown.CodeSplittingGroup[]> {
  const made = await build({ ...config, configFile: false, build: { ...config.build, write: false, minify: false } });
  const chunks = (made as Rolldown.RolldownOutput).output.filter((file) => file.type === 'chunk');
  const modulesOf = (entry: string) => modulesBehind(chunks, entry);
  const [start, share, drawn] = [modulesOf('/index.html'), modulesOf('/share.html'), modulesOf('/src/console.tsx')];
  return [
    { name: 'base', test: (id) => start.has(id) && share.has(id) },
    { name: 'start', test: (id) => start.has(id) && !/\/(?:index\.html|main\.ts)$/.test(id) },
    { name: 'react', test: (id) => share.has(id) && drawn.has(id) },
    { name: 'console', test: (id) => drawn.has(id) },
  ];
}

function modulesBehind(chunks: readonly Rolldown.OutputChunk[], entry: string): ReadonlySet<string> {
  const seen = new Set<Rolldown.OutputChunk>();
  const add = (chunk: Rolldown.OutputChunk | undefined) => {
    if (!chunk || seen.has(chunk)) return;
    seen.add(chunk);
    for (const name of chunk.imports) add(chunks.find(({ fileName }) => fileName === name));
  };
  add(chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(entry)));
  if (seen.size === 0) throw new Error(`Nothing is built from ${entry}.`);
  return new Set([...seen].flatMap(({ moduleIds }) => moduleIds));
}
