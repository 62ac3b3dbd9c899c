/** What the build makes besides Vite's own: the list of routes for the server, compressed copies, and what a first visit loads. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin, Rolldown } from 'vite';
import { DOCUMENT_OF, ROUTE_PATHS } from '../src/route-paths.ts';

/** `routes.json`: `{ "/devices/:deviceId": "index.html", … }`. */
export function listOfRoutes(): Plugin {
  return {
    name: 'list-of-routes',
    generateBundle() {
      const routes = Object.fromEntries(Object.values(ROUTE_PATHS).map((path) => [path, 'index.html']));
      const source = JSON.stringify({ ...routes, ...DOCUMENT_OF }, undefined, 2);
      this.emitFile({ type: 'asset', fileName: 'routes.json', source });
    },
  };
}

/** What somebody loads who comes for the first time, in English, to the first page of the navigation. */
const FIRST_VISIT = /\/console\/(?:index\.html|src\/main\.ts|src\/console\.tsx|src\/i18n\/en\/index\.ts)$/;

/** `first-load.json`: names of the files of a first visit, and their size compressed. */
export function firstLoad(): Plugin {
  return {
    name: 'first-load',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      const files = new Set<string>();
      const add = (fileName: string) => {
        const file = bundle[fileName];
        if (file === undefined || files.has(fileName)) return;
        files.add(fileName);
        if (file.type !== 'chunk') return;
        for (const other of [...file.imports, ...stylesOf(file)]) add(other);
      };
      for (const { fileName, facadeModuleId } of chunks) if (FIRST_VISIT.test(facadeModuleId ?? '')) add(fileName);
      const bytes = [...files].map((name) => gzipSync(textOf(bundle[name]), { level: 9 }).length);
      const source = { files: [...files].sort(), gzipBytes: bytes.reduce((sum, size) => sum + size, 0) };
      this.emitFile({ type: 'asset', fileName: 'first-load.json', source: JSON.stringify(source, undefined, 2) });
    },
  };
}

function stylesOf(chunk: Rolldown.OutputChunk): readonly string[] {
  return [...(chunk.viteMetadata?.importedCss ?? [])];
}

function textOf(file: Rolldown.OutputChunk | Rolldown.OutputAsset | undefined): string | Uint8Array {
  if (file === undefined) return '';
  return file.type === 'chunk' ? file.code : file.source;
}

/** Text that is worth compressing, and that no response changes. */
const COMPRESSIBLE = /\.(?:js|css|svg)$/;
const SMALLEST = 1_000;

/** Beside each asset `.br` and `.gz`, so that no request costs compression. */
export function compressed(): Plugin {
  let folder = '';
  return {
    name: 'compressed',
    configResolved: ({ root, build }) => {
      folder = resolve(root, build.outDir);
    },
    closeBundle: () => {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile() && COMPRESSIBLE.test(entry.name)) compress(resolve(entry.parentPath, entry.name));
      }
    },
  };
}

function compress(path: string): void {
  const text = readFileSync(path);
  if (text.length < SMALLEST) return;
  writeFileSync(`${path}.gz`, gzipSync(text, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(text, { params }));
}
