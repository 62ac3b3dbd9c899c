import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { loadCertificate } from './tls.ts';

const DAY_MS = 86_400_000;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tls-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

function load(now = systemClock.now(), given: { tlsCert?: string; tlsKey?: string } = {}) {
  return loadCertificate({ dataDir, tlsCert: given.tlsCert, tlsKey: given.tlsKey }, now);
}

describe('loadCertificate', () => {
  it('makes a pair for this machine alone and keeps it', async () => {
    const first = await load();
    expect(first.hostNames).toEqual(['localhost', '127.0.0.1', '0:0:0:0:0:0:0:1']);
    expect(new X509Certificate(first.cert).checkHost('localhost')).toBe('localhost');
    expect(new X509Certificate(first.cert).checkIP('::1')).toBe('::1');
    expect((await stat(join(dataDir, 'tls.key'))).mode & 0o777).toBe(0o600);
    expect((await load()).cert).toBe(first.cert);
  });

  it('makes a new one before the old one ends', async () => {
    const now = systemClock.now();
    const first = await load(now);
    expect((await load(now + 700 * DAY_MS)).cert).toBe(first.cert);
    expect((await load(now + 800 * DAY_MS)).cert).not.toBe(first.cert);
  });

  it("takes the operator's and names the setting that can't be used", async () => {
    const { cert, key } = await load();
    const [tlsCert, tlsKey, junk] = ['c.pem', 'k.pem', 'junk.pem'].map((name) => join(dataDir, name)) as [
      string,
      string,
      string,
    ];
    await Promise.all([writeFile(tlsCert, cert), writeFile(tlsKey, key), writeFile(junk, 'junk')]);
    expect((await load(0, { tlsCert, tlsKey })).cert).toBe(cert);
    await expect(load(0, { tlsCert: `${tlsCert}x`, tlsKey })).rejects.toThrow(
      'REMOTE_HELP_TLS_CERT cannot be read: ENOENT',
    );
    await expect(load(0, { tlsCert: junk, tlsKey })).rejects.toThrow('REMOTE_HELP_TLS_CERT holds no PEM');
    await expect(load(0, { tlsCert, tlsKey: junk })).rejects.toThrow('REMOTE_HELP_TLS_KEY holds no PEM');
  });

  it('refuses the key of another certificate', async () => {
    const [mine, other] = [await load(), await load(systemClock.now() + 800 * DAY_MS)];
    const [tlsCert, tlsKey] = [join(dataDir, 'c.pem'), join(dataDir, 'k.pem')];
    await Promise.all([writeFile(tlsCert, mine.cert), writeFile(tlsKey, other.key)]);
    await expect(load(0, { tlsCert, tlsKey })).rejects.toThrow('REMOTE_HELP_TLS_KEY is not the key');
  });
});
