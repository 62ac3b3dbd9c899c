/** `remote-help serve`: runs the service until it is told to stop. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureFirstAdmin, forgetFirstPassword } from '../access/first-admin.ts';
import { systemClock } from '../clock.ts';
import { type Config, readConfig } from '../config.ts';
import { OperatorError } from '../errors.ts';
import { type Service, startService } from '../main.ts';
import type { Command, Terminal } from './command.ts';

export const commands: readonly Command[] = [
  {
    name: 'serve',
    summary: 'Runs the service. Makes its data folder and keys when there are none.',
    run: async (_args, terminal) => {
      const service = await startService(readConfig());
      try {
        terminal.out((await announcement(service, terminal)).join('\n'));
        terminal.error(`${await stopSignal()}: finishing what was accepted.`);
      } finally {
        await service.close();
      }
      return 0;
    },
  },
];

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal));
  });
}

async function announcement(service: Service, terminal: Terminal): Promise<string[]> {
  const { urls, config } = service;
  const base = urls.http ?? urls.https ?? '';
  const lines = ['', 'Open Remote Help is running.', '', `  Console     ${base}/`];
  if (urls.http) lines.push(`  Graph API   ${urls.http}/beta`);
  if (urls.https) lines.push(`  Graph API   ${urls.https}/beta`);
  if (urls.metrics) lines.push(`  Metrics     ${urls.metrics}`);
  lines.push(`  Reference   ${base}/docs`, `  Data        ${config.dataDir}`);
  return [...lines, ...(await firstStart(service, base, terminal)), ''];
}

/** What a first start says besides: how to go on, and who may sign in. The first admin lacks a password just once. */
async function firstStart({ data, ownTenantId, config }: Service, base: string, terminal: Terminal): Promise<string[]> {
  if (ownTenantId === undefined) return [];
  const identity = { ...data, clock: systemClock };
  const admin = await ensureFirstAdmin(identity, ownTenantId);
  if (!admin) return [];
  try {
    const where = terminal.isInteractive
      ? `password ${admin.password} (shown once)`
      : `the password is in ${await keepPassword(config, admin.password)}: read it, then delete the file`;
    const first = `First admin: ${admin.userPrincipalName}, ${where}. It must be changed at the first sign-in.`;
    return ['', ...firstSteps(config, base), '', first];
  } catch (error) {
    await forgetFirstPassword(identity, ownTenantId);
    throw error;
  }
}

/** A log may be read by many, this file by its owner alone. @throws OperatorError */
async function keepPassword(config: Config, password: string): Promise<string> {
  const file = join(config.dataDir, 'first-admin-password');
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 });
    await writeFile(file, `${password}\n`, { mode: 0o600 });
    await chmod(file, 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new OperatorError(`The first admin's password cannot be written to ${file} (${code}).`, { cause });
  }
  return file;
}

/** Two lines to paste: they mint a token each, so that none stands on the screen. */
export function firstSteps(config: Config, url: string): string[] {
  const environment = settingsToRepeat(config);
  const token = `$(${environment}npx --no remote-help token --scope DeviceManagementServiceConfig.ReadWrite.All)`;
  const curl = `curl -sS${url.startsWith('https') ? 'k' : ''} -w '\\n'`;
  const headers = `-H "Authorization: Bearer ${token}" -H 'Content-Type: application/json'`;
  const record =
    '{"sessionKey":"demo","acsHelperUserToken":"token","pubSubHelperAccessUri":"wss://example.org","sessionExpirationDateTime":"2016-12-31T23:59:57.5564522-08:00"}';
  const change = '{"sessionExpirationDateTime":"2030-12-31T23:59:57.5564522-08:00"}';
  const settings = config.databaseUrl === undefined ? '' : ' that has the same REMOTE_HELP_… settings';
  return [
    `Paste these two lines into another terminal${settings}, in this folder. The first creates a record, the second extends it:`,
    '',
    `${curl} -X POST ${url}/beta/ExtendRemoteHelpSessionResponse ${headers} -d '${record}'`,
    '',
    `${curl} -X PATCH "${url}/beta/ExtendRemoteHelpSessionResponse(sessionKey='demo')" ${headers} -d '${change}'`,
  ];
}

/** What the command needs to find the same data and issuer; secrets are not among it. */
function settingsToRepeat(config: Config): string {
  const usual = readConfig({});
  const given = [
    config.dataDir === usual.dataDir ? '' : `REMOTE_HELP_DATA_DIR=${quoted(config.dataDir)} `,
    config.publicUrl === usual.publicUrl ? '' : `REMOTE_HELP_PUBLIC_URL=${quoted(config.publicUrl)} `,
  ];
  return given.join('');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
