/**
 * Keeps a data folder of this release for the upgrade tests of later ones: run once when a release is made.
 *   node scripts/make-upgrade-fixture.ts
 * The folder holds the database, its master key (of no other use) and what the API answered, secrets included.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createExample, extendExample, requestAccessExample, retrieveExample } from '@open-remote-help/protocol';
import { mintToken } from '../packages/server/src/access/mint-token.ts';
import { systemClock } from '../packages/server/src/clock.ts';
import { readConfig } from '../packages/server/src/config.ts';
import { createLog } from '../packages/server/src/log.ts';
import { startService } from '../packages/server/src/main.ts';
import { PRODUCT_VERSION } from '../packages/server/src/version.ts';

const target = resolve(import.meta.dirname, '../packages/server/test/upgrade/fixtures', PRODUCT_VERSION);
if (existsSync(target)) throw new Error(`${target} exists: a kept folder is never made anew.`);

const dataDir = mkdtempSync(join(tmpdir(), 'fixture-'));
const free = { REMOTE_HELP_PORT: '0', REMOTE_HELP_TLS_PORT: 'off', REMOTE_HELP_METRICS_PORT: 'off' };
const config = readConfig({ REMOTE_HELP_DATA_DIR: dataDir, ...free });
const service = await startService(config, { log: createLog('silent', false) });
const scopes = [
  'DeviceManagementConfiguration.ReadWrite.All',
  'DeviceManagementRBAC.ReadWrite.All',
  'DeviceManagementManagedDevices.ReadWrite.All',
];
const token = await mintToken(
  { store: service.data.store, keyRing: service.data.keyRing, clock: systemClock },
  { publicUrl: config.publicUrl, scopes, expiresInSeconds: 366 * 86_400 },
);

const bodies: readonly [path: string, method: string, body: object][] = [
  ['ExtendRemoteHelpSessionResponse', 'POST', extendExample],
  ['CreateRemoteHelpSessionResponse', 'POST', createExample],
  ['RequestRemoteHelpSessionAccessResponse', 'POST', requestAccessExample],
  ['RemoteHelpSessionRetrieveResponse', 'POST', retrieveExample],
  [
    'deviceManagement/managedDevices',
    'POST',
    { deviceName: 'PC-1 – größer', complianceState: 'inGracePeriod', freeStorageSpaceInBytes: 2 ** 53 - 1 },
  ],
  ['deviceManagement/remoteAssistanceSettings', 'PATCH', { remoteAssistanceState: 'enabled', blockChat: true }],
  ['deviceManagement/remoteAssistancePartners', 'POST', { displayName: 'Partner' }],
  [
    'deviceManagement/roleDefinitions',
    'POST',
    {
      displayName: 'Tier 2',
      rolePermissions: [
        { resourceActions: [{ allowedResourceActions: ['Microsoft.Intune_RemoteAssistanceApp_ViewScreen'] }] },
      ],
    },
  ],
  [
    'deviceManagement/roleAssignments',
    'POST',
    {
      displayName: 'Tier 2 for all',
      scopeType: 'allDevices',
      roleDefinitionId: '9e0cc482-82df-4ab2-a24c-0c23a3f52e1e',
    },
  ],
];
const answers: { path: string; entity: Record<string, unknown> }[] = [];
for (const [path, method, body] of bodies) {
  const response = await fetch(`${service.urls.http}/beta/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json;odata.metadata=none',
    },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
  const entity = (await response.json()) as Record<string, unknown>;
  answers.push({ path: method === 'POST' ? `${path}/${entity.id}` : path, entity });
}
await service.close();

mkdirSync(target, { recursive: true });
for (const file of ['remote-help.sqlite', 'master.key']) copyFileSync(join(dataDir, file), join(target, file));
writeFileSync(join(target, 'answers.json'), `${JSON.stringify(answers, undefined, 2)}\n`);
rmSync(dataDir, { recursive: true });
process.stdout.write(`${target}\n`);
