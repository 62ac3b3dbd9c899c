/** What lies beside a device file, all of it its owner's alone. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the key lies unless it is said otherwise. */
export const DEFAULT_DEVICE_FILE = join(homedir(), '.open-remote-help', 'device.json');

export interface AgentFiles {
  readonly device: string;
  readonly settings: string;
  /** The session that goes on. */
  readonly session: string;
  /** The latest part of the log of sessions; older parts end in `.1`, `.2`, … */
  readonly log: string;
  /** Of what was asked, and not allowed; in parts like the log. */
  readonly requests: string;
  /** A Unix socket, or the name of a pipe on Windows. */
  readonly control: string;
}

export function agentFiles(device: string, platform: NodeJS.Platform = process.platform): AgentFiles {
  const beside = device.replace(/\.json$/, '');
  const pipe = createHash('sha256').update(device.toLowerCase()).digest('hex').slice(0, 32);
  return {
    device,
    settings: `${beside}.settings.json`,
    session: `${beside}.session.json`,
    log: `${beside}.history.jsonl`,
    requests: `${beside}.requests.jsonl`,
    control: platform === 'win32' ? `\\\\.\\pipe\\open-remote-help-${pipe}` : `${beside}.sock`,
  };
}
