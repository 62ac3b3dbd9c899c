/** The servers that the product is compared with, each on a database of its own. */
import { execFileSync } from 'node:child_process';
import { cpSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { idOf, membersOf } from '../records.ts';
import { BareStore } from './bare-store.ts';
import { launch, type Server } from './server.ts';

const here = import.meta.dirname;

/** (a) The limit: `node:http` and SQLite with group commit. */
export function startBare(folder: string, records: number): Promise<Server> {
  return startScript('bare', 'bare-sqlite.ts', folder, records);
}

/** (c) A Fastify route with one UPDATE for each request. */
export function startFastify(folder: string, records: number): Promise<Server> {
  return startScript('fastify', 'fastify.ts', folder, records);
}

function startScript(name: string, script: string, folder: string, records: number): Promise<Server> {
  const file = join(folder, `${name}.sqlite`);
  BareStore.seed(file, records);
  return launch({
    name,
    folder,
    command: (port) => [process.execPath, join(here, script), String(port), file],
    path: ['/', ''],
  });
}

const CAP_SETTINGS = {
  name: 'bench-cap',
  private: true,
  cds: { requires: { auth: { kind: 'dummy' }, db: { kind: 'sqlite', credentials: { url: 'cap.sqlite' } } } },
};

/**
 * (b) SAP CAP with its SQLite service (`node:sqlite`: WAL, `synchronous=FULL`), serving the same entity over OData.
 * Nobody signs in, requests are logged, as its production profile does.
 */
export async function startCap(folder: string, records: number): Promise<Server> {
  const root = join(folder, 'cap');
  cpSync(join(here, '../cap'), root, { recursive: true });
  symlinkSync(join(here, '../node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), JSON.stringify(CAP_SETTINGS));
  const program = (name: string) => join(root, `node_modules/@sap/cds/bin/${name}.js`);
  execFileSync(process.execPath, [program('deploy')], { cwd: root, stdio: 'ignore' });
  seedCap(join(root, 'cap.sqlite'), records);
  return launch({
    name: 'cap',
    folder,
    workingFolder: root,
    command: (port) => [process.execPath, program('serve'), 'all', '--port', String(port)],
    environment: () => ({ NODE_ENV: 'production' }),
    path: ["/odata/ExtendRemoteHelpSessionResponse('", "')"],
  });
}

function seedCap(file: string, records: number): void {
  const db = new Database(file);
  const insert = db.prepare('INSERT INTO bench_ExtendRemoteHelpSessionResponses VALUES (?, ?, ?, ?, ?)');
  db.transaction(() => {
    for (let index = 0; index < records; index++) {
      const { sessionKey, acsHelperUserToken, pubSubHelperAccessUri, sessionExpirationDateTime } = membersOf(index, 0);
      insert.run(idOf(index), sessionKey, acsHelperUserToken, pubSubHelperAccessUri, sessionExpirationDateTime);
    }
  })();
  db.close();
}
