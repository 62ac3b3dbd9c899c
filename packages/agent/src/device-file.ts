/** The file that makes a machine the device that it is. Whoever copies it is found out at the next sign-in of either. */
import type { webcrypto } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DeviceError } from './device-error.ts';

/** A device that is enrolled. */
export interface EnrolledDevice {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly audience: string;
  readonly signInEndpoint: string;
  /** The secret that the next sign-in needs. */
  readonly generation: string;
  readonly privateKey: webcrypto.JsonWebKey;
}

export interface DeviceFile {
  readonly enrolled?: EnrolledDevice;
  /** An enrolment that was begun: its answer may have been lost. */
  readonly pending?: {
    /** SHA-256 of the token's text, base64url. */
    readonly tokenHash: string;
    readonly privateKey: webcrypto.JsonWebKey;
  };
}

const OWNER_ALONE = 0o600;
const OTHERS = constants.S_IRWXG | constants.S_IRWXO;

/** @throws DeviceError `untrusted` when others may read the file, or it is none of ours */
export async function readDeviceFile(path: string): Promise<DeviceFile> {
  const text = await readOwnFile(path);
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as DeviceFile;
  } catch (cause) {
    throw new DeviceError('untrusted', `${path} is no device file.`, { cause });
  }
}

/** As `replaceOwnFile` does it. */
export function writeDeviceFile(path: string, content: DeviceFile): Promise<void> {
  return replaceOwnFile(path, JSON.stringify(content, undefined, 2));
}

/** @returns undefined when there is none. @throws DeviceError `untrusted` when others may read it */
export async function readOwnFile(path: string): Promise<string | undefined> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!found) return undefined;
  if (process.platform !== 'win32' && (found.mode & OTHERS) !== 0) {
    throw new DeviceError('untrusted', `${path} must be readable by its owner alone: chmod 600.`);
  }
  return readFile(path, 'utf8');
}

/** Replaces the file as a whole: after a crash it is the former or the new one, and once this settles the new one. */
export async function replaceOwnFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.new`;
  await synced(fresh, 'w', async (file) => {
    // One that a crash left behind keeps the mode that it has.
    await file.chmod(OWNER_ALONE);
    await file.writeFile(text);
  });
  await rename(fresh, path);
  // The new name is on disk only when the folder is (fsync(2)); Windows opens no folders.
  if (process.platform !== 'win32') await synced(dirname(path), 'r', async () => undefined);
}

type OpenFile = Awaited<ReturnType<typeof open>>;

async function synced(path: string, flags: string, act: (file: OpenFile) => Promise<void>): Promise<void> {
  const file = await open(path, flags, OWNER_ALONE);
  try {
    await act(file);
    await file.sync();
  } finally {
    await file.close();
  }
}
