/** The servers that pass messages on, each started anew for a part. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../pinned.ts';
import { launch, type Server } from '../servers/server.ts';
import { DIALECTS, type DialectName } from './dialects.ts';

/** By the script that runs it; the gateway speaks several dialects. */
type Kind = 'bare' | 'socket-io' | 'nats' | 'gateway';

export function kindOf(dialect: DialectName): Kind {
  if (dialect === 'bare' || dialect === 'nats') return dialect;
  return dialect === 'socket.io' ? 'socket-io' : 'gateway';
}

/** What the table calls each. */
export const NAMES: Readonly<Record<DialectName, string>> = {
  ...(Object.fromEntries(DIALECTS.map((name) => [name, name])) as Record<DialectName, string>),
  bare: 'bare ws',
  json: 'ours, json',
  reliable: 'ours, reliable',
  'reliable with acks': 'ours, reliable with acks',
};

/** Whether there is a `nats-server` on this machine. */
export function hasNats(): boolean {
  return spawnSync('nats-server', ['--version']).status === 0;
}

export function startLiveServer(kind: Kind, folder: string): Promise<Server> {
  if (kind === 'nats') return startNats(folder);
  const script = join(import.meta.dirname, `servers/${kind}.ts`);
  return launch({
    name: kind,
    folder,
    command: (port) => [process.execPath, '--expose-gc', script, String(port)],
    path: ['/', ''],
  });
}

async function startNats(folder: string): Promise<Server> {
  const monitor = await freePort();
  const file = join(folder, 'nats.conf');
  const settings = (port: number) =>
    `listen: "127.0.0.1:-1"\nhttp: "127.0.0.1:${monitor}"\nwebsocket { listen: "127.0.0.1:${port}", no_tls: true }\n`;
  return launch({
    name: 'nats',
    folder,
    command: (port) => {
      writeFileSync(file, settings(port));
      return ['nats-server', '-c', file];
    },
    path: ['/', ''],
    readyAt: `http://127.0.0.1:${monitor}/healthz`,
  });
}
