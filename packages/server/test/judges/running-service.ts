/** The whole service on free ports over TLS, and tokens from the command's own minting. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { mintToken } from '../../src/access/mint-token.ts';
import { systemClock } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { type Service, startService } from '../../src/main.ts';

export interface RunningService {
  readonly service: Service;
  /** `https://localhost:port` */
  readonly origin: string;
  /** A delegated token of the first admin. */
  token(scopes: string, tenant?: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts the service as a first start would; clients in this process trust its certificate. */
export async function startOnFreePorts(settings: Readonly<Record<string, string>> = {}): Promise<RunningService> {
  const dataDir = await mkdtemp(join(tmpdir(), 'remote-help-'));
  const config = readConfig({
    REMOTE_HELP_DATA_DIR: dataDir,
    REMOTE_HELP_PORT: '0',
    REMOTE_HELP_TLS_PORT: '0',
    REMOTE_HELP_METRICS_PORT: '0',
    ...settings,
  });
  const service = await startService(config, { log: createLog('silent', false) });
  setDefaultCACertificates([...getCACertificates('default'), service.certificate ?? '']);
  const { store, keyRing } = service.data;
  return {
    service,
    origin: (service.urls.https ?? '').replace('127.0.0.1', 'localhost'),
    token: (scopes, tenant) =>
      mintToken(
        { store, keyRing, clock: systemClock },
        { publicUrl: config.publicUrl, scopes: scopes.split(' '), ...(tenant === undefined ? {} : { tenant }) },
      ),
    close: async () => {
      await service.close();
      await rm(dataDir, { recursive: true });
    },
  };
}
