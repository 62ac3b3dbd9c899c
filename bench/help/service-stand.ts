/** `remote-help serve` with a helper's account and devices: every part as people run it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { signIn } from '../../test/e2e/browser.ts';
import { freePort, SERVER_CORE, spawnOn, stop, untilAnswers } from '../pinned.ts';
import { COMMAND, type Environment } from '../servers/product.ts';
import { ToldProcess } from './told-process.ts';

const SCOPES = 'DeviceManagementConfiguration.ReadWrite.All DeviceManagementManagedDevices.ReadWrite.All';
const HELPER = { userName: 'anna@example.org', name: 'Anna Berg', password: 'correct horse battery staple' };

/** One device with an agent that is on; somebody at its terminal answers. */
export interface Device {
  readonly name: string;
  readonly agent: ToldProcess;
}

export interface ServiceStand {
  readonly origin: string;
  readonly pid: number;
  /** Enrolls a device and switches its agent on. @param path where it finds programs */
  device(name: string, env: NodeJS.ProcessEnv, path?: string): Promise<Device>;
  /** Signs the helper in, at a page that wants it. */
  signIn(page: Page): Promise<void>;
  close(): Promise<void>;
}

export async function startService(folder: string): Promise<ServiceStand> {
  const port = await freePort();
  const origin = `http://localhost:${port}`;
  const dataFolder = mkdtempSync(join(folder, 'help-'));
  const environment: Environment = {
    ...{ REMOTE_HELP_DATA_DIR: dataFolder, REMOTE_HELP_PORT: String(port), REMOTE_HELP_PUBLIC_URL: origin },
    ...{ REMOTE_HELP_TLS_PORT: 'off', REMOTE_HELP_METRICS_PORT: 'off' },
    ...{ REMOTE_HELP_SESSION_PROMPTS_PER_HOUR: '60', REMOTE_HELP_SESSION_BACK_OFF_SECONDS: '1' },
  };
  const env = { ...process.env, ...environment };
  const { userName, name, password } = HELPER;
  run(['user', 'add', userName, '--name', name, '--admin', '--password-stdin'], env, password);
  const token = run(['token', '--scope', SCOPES], env).trim();
  const server = spawnOn(SERVER_CORE, [process.execPath, COMMAND, 'serve'], { env, stdio: 'ignore' });
  await untilAnswers(server, `${origin}/healthz`);
  const api = async (method: string, path: string, body: object) => {
    const response = await fetch(`${origin}/beta/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  await api('PATCH', 'deviceManagement/remoteAssistanceSettings', { remoteAssistanceState: 'enabled' });
  const devices: Device[] = [];
  return {
    ...{ origin, pid: server.pid as number },
    device: async (deviceName, deviceEnv, path = process.env.PATH) => {
      const made = await api('POST', 'remoteHelp/enrollmentTokens', {});
      const file = join(dataFolder, `${deviceName}.json`);
      const words = ['--server', origin, '--token', String(made.token), '--name', deviceName, '--file', file];
      run(['agent', 'enroll', ...words], env);
      const agentWords = [
        'env',
        `PATH=${path}`,
        process.execPath,
        COMMAND,
        'agent',
        'run',
        '--prompts',
        'terminal',
        '--file',
        file,
      ];
      const agent = new ToldProcess(agentWords, deviceEnv);
      await agent.says('This device is on');
      const device = { name: deviceName, agent };
      devices.push(device);
      return device;
    },
    signIn: (page) => signIn(page, { name: userName, password }),
    close: async () => {
      for (const { agent } of devices) await agent.close();
      await stop(server);
    },
  };
}

/** Runs `remote-help …` to its end. */
function run(words: readonly string[], env: NodeJS.ProcessEnv, input = ''): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...words], { env, input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`remote-help ${words[0]} ${words[1]} ended with ${status}: ${stderr}`);
  return stdout;
}
