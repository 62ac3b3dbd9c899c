/**
 * The console as it was built: documents, and assets with their compressed copies, read into memory once. What is asked
 * for is looked up by name, so that no request reaches the file system, whatever its path says.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** A file that is answered as it is. */
export interface Asset {
  readonly contentType: string;
  /** Named by a hash of its content: it never changes. */
  readonly isHashed: boolean;
  /** By content coding; `identity` is always there. */
  readonly bodies: Readonly<Partial<Record<ContentCoding, Buffer>>> & { readonly identity: Buffer };
}

/** Best first. */
export const CONTENT_CODINGS = ['br', 'gzip', 'identity'] as const;

/** A content coding (RFC 9110, 8.4.1). */
export type ContentCoding = (typeof CONTENT_CODINGS)[number];

/** One build of the console. */
export interface ConsoleBuild {
  /** By path: `/assets/index-1a2b3c.js`. */
  readonly assets: ReadonlyMap<string, Asset>;
  /** The document at a path of the console, with `{{nonce}}` and `{{settings}}` where these go; undefined where there is no such page. */
  documentAt(path: string): string | undefined;
  /** The document that answers for paths that are none. */
  readonly otherwise: string;
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css;charset=utf-8',
  '.js': 'text/javascript;charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Where `npm run build` says which document answers at which path. */
const ROUTES = 'routes.json';
const START = 'index.html';

/** Reads builds from a folder: again when there is a new one. */
export class ConsoleFiles {
  readonly #folder: string;
  #read: { readonly builtAt: number; readonly build: Promise<ConsoleBuild> } | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The build that is there now; undefined where there is none. */
  async current(): Promise<ConsoleBuild | undefined> {
    const builtAt = await stat(join(this.#folder, ROUTES)).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (builtAt === undefined) return undefined;
    if (this.#read?.builtAt !== builtAt) {
      const build = readBuild(this.#folder);
      this.#read = { builtAt, build };
      // Caught in the middle of being replaced: the next request reads it anew.
      build.catch(() => {
        if (this.#read?.build === build) this.#read = undefined;
      });
    }
    return this.#read.build.catch(() => undefined);
  }
}

async function readBuild(folder: string): Promise<ConsoleBuild> {
  const routes = JSON.parse(await readFile(join(folder, ROUTES), 'utf8')) as Record<string, string>;
  const names = new Set([START, ...Object.values(routes)]);
  const texts = await Promise.all(
    [...names].map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  );
  const documents = new Map(texts);
  const patterns = Object.entries(routes).map(([path, name]) => ({ pattern: patternOf(path), name }));
  return {
    assets: await readAssets(folder),
    documentAt: (path) => {
      const name = patterns.find(({ pattern }) => pattern.test(path))?.name;
      return name === undefined ? undefined : documents.get(name);
    },
    otherwise: documents.get(START) ?? '',
  };
}

async function readAssets(folder: string): Promise<ReadonlyMap<string, Asset>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(path.slice(folder.length).replaceAll('\\', '/'), await readFile(path));
  }
  const assets = new Map<string, Asset>();
  for (const [path, identity] of files) {
    const contentType = CONTENT_TYPES[extname(path)];
    if (contentType === undefined) continue;
    const [br, gzip] = [files.get(`${path}.br`), files.get(`${path}.gz`)];
    const bodies = { identity, ...(br ? { br } : {}), ...(gzip ? { gzip } : {}) };
    assets.set(path, { contentType, isHashed: path.startsWith('/assets/'), bodies });
  }
  return assets;
}

/** `/devices/:deviceId` matches any one segment at the colon. */
function patternOf(path: string): RegExp {
  const source = path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/:\w+/g, '[^/]+');
  return new RegExp(`^${source}$`);
}
