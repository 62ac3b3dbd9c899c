/** The product, as `remote-help serve` starts it: tokens from its own command, records through its own store. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { type EntitySet, extendRemoteHelpSessionResponse, managedDevices, model } from '@open-remote-help/protocol';
import { readConfig } from '../../packages/server/src/config.ts';
import { openData } from '../../packages/server/src/data.ts';
import type { Values } from '../../packages/server/src/store/store.ts';
import { deviceOf } from '../devices.ts';
import type { Address } from '../load/job.ts';
import { idOf, membersOf } from '../records.ts';
import { launch, type Server } from './server.ts';

export const COMMAND = join(import.meta.dirname, '../../packages/server/bin/remote-help.js');
export const EXTENSIONS = '/beta/ExtendRemoteHelpSessionResponse';
export const DEVICES = '/beta/deviceManagement/managedDevices';

const SCOPE = 'DeviceManagementServiceConfig.ReadWrite.All DeviceManagementManagedDevices.ReadWrite.All';
/** Rows in one transaction while seeding. */
const SEEDED_AT_ONCE = 1_000;

export type Environment = Readonly<Record<string, string>>;

/** Settings for a data folder; everything else is as by default, but one caller may send without limit. */
export function environmentOf(dataFolder: string, more: Environment = {}): Environment {
  return { REMOTE_HELP_DATA_DIR: dataFolder, REMOTE_HELP_THROTTLE_PER_10S: '999999999', ...more };
}

/** Delegated tokens (EdDSA) of the first admin; makes the data folder if there is none. */
export function mintTokens(environment: Environment, count: number): string[] {
  return Array.from({ length: count }, () =>
    execFileSync(process.execPath, [COMMAND, 'token', '--scope', SCOPE], {
      env: { ...process.env, ...environment },
      encoding: 'utf8',
    }).trim(),
  );
}

/** The tenant that a token is of. */
export function tenantOf(token: string): string {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { tid: string };
  return claims.tid;
}

/** Puts extensions and devices into the tenant of a token, past HTTP but through the store, sealed and indexed. */
export async function seed(environment: Environment, token: string, counts: { extensions: number; devices: number }) {
  const tenantId = tenantOf(token);
  const { store } = await openData(readConfig(environment));
  const insert = async (set: EntitySet, count: number, valuesOf: (index: number) => Values) => {
    for (let start = 0; start < count; start += SEEDED_AT_ONCE) {
      const writes = Array.from({ length: Math.min(SEEDED_AT_ONCE, count - start) }, (_, offset) => ({
        kind: 'insert' as const,
        set,
        tenantId,
        id: idOf(start + offset),
        values: valuesOf(start + offset),
      }));
      await store.transact({ reads: [], decide: () => ({ writes, value: undefined }) });
    }
  };
  await insert(extensions, counts.extensions, (index) => ({ ...membersOf(index, 0) }));
  await insert(managedDevices, counts.devices, deviceOf);
  await store.close();
}

const extensions = model.sets.find(({ type }) => type === extendRemoteHelpSessionResponse) as EntitySet;

/** Starts `remote-help serve` on the data folder that the environment names. */
export function startProduct(
  name: string,
  folder: string,
  environment: Environment,
  tokens: string[],
): Promise<Server> {
  return launch({
    name,
    folder,
    command: () => [process.execPath, COMMAND, 'serve'],
    environment: (port) => ({
      ...environment,
      REMOTE_HELP_PORT: String(port),
      REMOTE_HELP_TLS_PORT: 'off',
      REMOTE_HELP_METRICS_PORT: '0',
    }),
    path: PATH,
    tokens,
  });
}

const PATH: Address['path'] = [`${EXTENSIONS}/`, ''];
