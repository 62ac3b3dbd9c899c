/** The certificate of the HTTPS port: the operator's, or a self-signed one that is kept in the data folder. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Instant, toDate } from './clock.ts';
import { type Config, ConfigError } from './config.ts';

/** What HTTPS shows, and the names it is good for. */
export interface Certificate {
  /** PEM, the chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Host names that the certificate is for, lower-case, `*.` wildcards included. */
  readonly hostNames: readonly string[];
}

const SELF_SIGNED_DAYS = 825;
/** A self-signed certificate with less than this left is made anew at start. */
const RENEW_BEFORE_MS = 30 * 86_400_000;

/**
 * @throws ConfigError when the operator's files can't be used
 */
export async function loadCertificate(
  config: Pick<Config, 'tlsCert' | 'tlsKey' | 'dataDir'>,
  now: Instant,
): Promise<Certificate> {
  const { tlsCert, tlsKey, dataDir } = config;
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const cert = await readGiven(tlsCert, 'REMOTE_HELP_TLS_CERT');
    const key = await readGiven(tlsKey, 'REMOTE_HELP_TLS_KEY');
    const certificate = parse(cert, 'REMOTE_HELP_TLS_CERT');
    refuseForeignKey(certificate, key);
    return { cert, key, hostNames: hostNamesOf(certificate) };
  }
  const kept = await readKept(dataDir, now);
  const { cert, key } = kept ?? (await makeSelfSigned(dataDir, now));
  return { cert, key, hostNames: hostNamesOf(new X509Certificate(cert)) };
}

async function readGiven(path: string, setting: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${setting} cannot be read: ${(error as NodeJS.ErrnoException).code}.`, { cause: error });
  }
}

function parse(cert: string, setting: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (error) {
    throw new ConfigError(`${setting} holds no PEM certificate.`, { cause: error });
  }
}

function refuseForeignKey(certificate: X509Certificate, key: string): void {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(key);
  } catch (error) {
    throw new ConfigError('REMOTE_HELP_TLS_KEY holds no PEM private key without passphrase.', { cause: error });
  }
  if (certificate.checkPrivateKey(privateKey)) return;
  throw new ConfigError('REMOTE_HELP_TLS_KEY is not the key of the certificate in REMOTE_HELP_TLS_CERT.');
}

function paths(dataDir: string): { cert: string; key: string } {
  return { cert: join(dataDir, 'tls.crt'), key: join(dataDir, 'tls.key') };
}

async function readKept(dataDir: string, now: Instant): Promise<{ cert: string; key: string } | undefined> {
  const { cert: certPath, key: keyPath } = paths(dataDir);
  try {
    const [cert, key] = await Promise.all([readFile(certPath, 'utf8'), readFile(keyPath, 'utf8')]);
    const expiresAt = new X509Certificate(cert).validToDate.getTime();
    return expiresAt - now > RENEW_BEFORE_MS ? { cert, key } : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function makeSelfSigned(dataDir: string, now: Instant): Promise<{ cert: string; key: string }> {
  const { default: selfsigned } = await import('selfsigned');
  const pair = await selfsigned.generate([{ name: 'commonName', value: 'Open Remote Help (self-signed)' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: toDate(now - 3_600_000),
    notAfterDate: toDate(now + SELF_SIGNED_DAYS * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  const { cert: certPath, key: keyPath } = paths(dataDir);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeWhole(keyPath, pair.private);
  await writeWhole(certPath, pair.cert);
  return { cert: pair.cert, key: pair.private };
}

/** A start that is cut off leaves no half a file behind. */
async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

function hostNamesOf(certificate: X509Certificate): string[] {
  const names = certificate.subjectAltName?.split(', ') ?? [];
  return names.flatMap((name) => /^(?:DNS|IP Address):(.+)$/.exec(name)?.[1]?.toLowerCase() ?? []);
}
