/**
 * The master key: 32 bytes that wrap every key in the database and lie outside it and outside its backups. On SQLite a
 * file beside the database folder's owner alone may read; on PostgreSQL a setting.
 */
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatorError } from '../errors.ts';

const LENGTH = 32;
const FILE_NAME = 'master.key';
/** Canonical base64 of exactly 32 bytes. */
const PATTERN = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Opens `master.key` in a folder; makes folder and file when there are none.
 * @throws Error when others than the owner may read it, or it holds no key.
 */
export async function masterKeyFromFolder(folder: string): Promise<KeyObject> {
  const path = join(folder, FILE_NAME);
  await createFile(folder, path);
  await assertPrivate(path);
  return parse(await readFile(path, 'utf8'), path);
}

/**
 * Reads the master key from `REMOTE_HELP_MASTER_KEY` (base64 of 32 bytes) or the file that
 * `REMOTE_HELP_MASTER_KEY_FILE` names.
 * @throws Error naming the setting.
 */
export async function masterKeyFromSettings(settings: { value?: string; file?: string }): Promise<KeyObject> {
  if (settings.value !== undefined && settings.file !== undefined) {
    throw new OperatorError('Set REMOTE_HELP_MASTER_KEY or REMOTE_HELP_MASTER_KEY_FILE, not both.');
  }
  if (settings.value !== undefined) return parse(settings.value, 'REMOTE_HELP_MASTER_KEY');
  if (settings.file === undefined) {
    throw new OperatorError(
      'REMOTE_HELP_MASTER_KEY (base64 of 32 random bytes) or REMOTE_HELP_MASTER_KEY_FILE is required with PostgreSQL.',
    );
  }
  return parse(await readSettingsFile(settings.file), 'the file that REMOTE_HELP_MASTER_KEY_FILE names');
}

async function readSettingsFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new OperatorError(`REMOTE_HELP_MASTER_KEY_FILE: ${(cause as Error).message}`, { cause });
  }
}

function parse(text: string, source: string): KeyObject {
  const trimmed = text.trim();
  const bytes = Buffer.from(trimmed, 'base64');
  if (!PATTERN.test(trimmed) || bytes.length !== LENGTH || bytes.toString('base64') !== trimmed) {
    throw new OperatorError(
      `${source} must hold the base64 text of exactly ${LENGTH} bytes (openssl rand -base64 ${LENGTH}).`,
    );
  }
  return createSecretKey(bytes);
}

/**
 * Writes a new key under another name, syncs it and links it into place: the file is never seen half written, and of
 * two servers that start at once one wins and both read the same key.
 */
async function createFile(folder: string, path: string): Promise<void> {
  if (await exists(path)) return;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(LENGTH).toString('base64')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    await link(draft, path);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(folder);
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return false;
    throw error;
  }
}

/** Makes the new name itself durable; Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function assertPrivate(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) {
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    throw new OperatorError(
      `${path} may be read by others (mode ${shown}). It opens every secret: run chmod 600 ${path}`,
    );
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
