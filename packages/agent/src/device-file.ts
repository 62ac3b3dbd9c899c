/** The file that makes a machine the device that it is. Whoever copies it is found out at the next sign-in of either. */
import type { webcrypto } from 'node:crypto';
import { constants, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
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
const OTHERS_TO_WRITE = constants.S_IWGRP | constants.S_IWOTH;

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

/** @returns undefined when there is none. @throws DeviceError `untrusted` when others may read it, or put another there */
export async function readOwnFile(path: string): Promise<string | undefined> {
  assertOwnFolder(dirname(path));
  const file = await open(path, 'r').catch(undefinedIfMissing);
  if (!file) return undefined;
  try {
    const found = await file.stat();
    if (isOthers(found, OTHERS)) {
      throw new DeviceError('untrusted', `${path} must be yours, and readable by its owner alone: chmod 600.`);
    }
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/**
 * Replaces the file as a whole: after a crash it is the former or the new one, and once this settles the new one.
 * @throws DeviceError `untrusted` when others may put another there
 */
export async function replaceOwnFile(path: string, text: string): Promise<void> {
  assertOwnFolder(dirname(path));
  const fresh = `${path}.new`;
  // One that a crash left behind, or a link that somebody laid there: it is not written through.
  await rm(fresh, { force: true });
  await synced(fresh, 'wx', (file) => file.writeFile(text));
  await rename(fresh, path);
  // The new name is on disk only when the folder is (fsync(2)); Windows opens no folders.
  if (process.platform !== 'win32') await synced(dirname(path), 'r', async () => undefined);
}

/** @throws DeviceError `untrusted` when others may put files into the folder; one that is missing holds nothing */
export function assertOwnFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  // What the system's own users may change, they may change anyway.
  if (!found || !isOthers(found.uid === 0 ? { ...found, uid: ownId() } : found, OTHERS_TO_WRITE)) return;
  throw new DeviceError('untrusted', `${folder} must be writable by its owner alone: chmod go-w.`);
}

/** Whether something is another user's, or its mode gives others what they must not have. */
export function isOthers(
  found: { readonly mode: number; readonly uid: number },
  forbidden: number,
  own = ownId(),
): boolean {
  return process.platform !== 'win32' && (found.uid !== own || (found.mode & forbidden) !== 0);
}

function ownId(): number {
  return process.geteuid?.() ?? 0;
}

function undefinedIfMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
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
