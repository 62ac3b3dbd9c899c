/** `remote-help serve`: runs the service until it is told to stop. */
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFirstAdmin } from '../access/first-admin.ts';
import { systemClock } from '../clock.ts';
import { type Config, readConfig } from '../config.ts';
import { type Service, startService } from '../main.ts';
import type { Command, Terminal } from './command.ts';

export const commands: readonly Command[] = [
  {
    name: 'serve',
    summary: 'Runs the service. Makes its data folder and keys when there are none.',
    run: async (_args, terminal) => {
      const service = await startService(readConfig());
      terminal.out([...announcement(service), ...(await firstAdminLines(service, terminal)), ''].join('\n'));
      const signal = await stopSignal();
      terminal.error(`${signal}: finishing what was accepted.`);
      await service.close();
      return 0;
    },
  },
];

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

function announcement({ urls, config, data }: Service): string[] {
  const lines = ['', 'Open Remote Help is running.', ''];
  if (urls.http) lines.push(`  Graph API   ${urls.http}/beta`);
  if (urls.https) lines.push(`  Graph API   ${urls.https}/beta`);
  if (urls.metrics) lines.push(`  Metrics     ${urls.metrics}`);
  const base = urls.http ?? urls.https ?? '';
  lines.push(`  Reference   ${base}/docs`, `  Data        ${config.dataDir}`);
  return data.isNew ? [...lines, '', ...firstSteps(config, base)] : lines;
}

/** The generated password goes to a person at a terminal, else into a file that only the owner can read, never into a log. */
async function firstAdminLines({ data, ownTenantId, config }: Service, terminal: Terminal): Promise<string[]> {
  if (ownTenantId === undefined) return [];
  const admin = await ensureFirstAdmin({ ...data, clock: systemClock }, ownTenantId);
  if (!admin) return [];
  const change = 'It must be changed at the first sign-in.';
  if (terminal.isInteractive) {
    return ['', `First admin: ${admin.userPrincipalName}, password ${admin.password} (shown once). ${change}`];
  }
  const file = join(config.dataDir, 'first-admin-password');
  await writeFile(file, `${admin.password}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return [
    '',
    `First admin: ${admin.userPrincipalName}. The password is in ${file}: read it, then delete the file. ${change}`,
  ];
}

/** Two lines to paste: they mint a token each, so that none stands on the screen. */
export function firstSteps(config: Config, url: string): string[] {
  const environment = isDefaultData(config) ? '' : `REMOTE_HELP_DATA_DIR=${quoted(config.dataDir)} `;
  const token = `$(${environment}npx --no remote-help token --scope DeviceManagementServiceConfig.ReadWrite.All)`;
  const curl = `curl -sS${url.startsWith('https') ? 'k' : ''} -w '\\n'`;
  const headers = `-H "Authorization: Bearer ${token}" -H 'Content-Type: application/json'`;
  const record =
    '{"sessionKey":"demo","acsHelperUserToken":"token","pubSubHelperAccessUri":"wss://example.org","sessionExpirationDateTime":"2016-12-31T23:59:57.5564522-08:00"}';
  const change = '{"sessionExpirationDateTime":"2030-12-31T23:59:57.5564522-08:00"}';
  return [
    'Paste these two lines into another terminal in this folder. The first creates a record, the second extends it:',
    '',
    `${curl} -X POST ${url}/beta/ExtendRemoteHelpSessionResponse ${headers} -d '${record}'`,
    '',
    `${curl} -X PATCH "${url}/beta/ExtendRemoteHelpSessionResponse(sessionKey='demo')" ${headers} -d '${change}'`,
  ];
}

function isDefaultData(config: Config): boolean {
  return config.dataDir === readConfig({}).dataDir;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
