/** A server whose certificate nobody vouches for: a device tells it nothing, and does not try again in another way. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeviceClient } from '@open-remote-help/agent';
import { enrollmentTokenText } from '@open-remote-help/protocol';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { loadCertificate } from '../../src/tls.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';

let folder: string;
let server: Server;
let requests: number;
let handshakes: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'untrusted-'));
  const { cert, key } = await loadCertificate(
    { dataDir: folder, tlsCert: undefined, tlsKey: undefined },
    systemClock.now(),
  );
  [requests, handshakes] = [0, 0];
  server = createServer({ cert, key }, (_, response) => {
    requests += 1;
    response.end('{}');
  });
  server.on('connection', () => {
    handshakes += 1;
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

// DEV-23
it.each(['localhost', '127.0.0.1'])('gets no token of a device that was sent to %s', async (host) => {
  const file = join(folder, 'device.json');
  const { port } = server.address() as AddressInfo;
  const token = enrollmentTokenText({ tenantId: TENANT, tokenId: TENANT, secret: 'A'.repeat(43) });
  const facts = { deviceName: 'desk' };
  await expect(new DeviceClient({ file }).enroll(`https://${host}:${port}`, token, facts)).rejects.toMatchObject({
    code: 'unavailable',
  });
  expect([requests, handshakes]).toEqual([0, 1]);
  expect(await readFile(file, 'utf8')).not.toContain(token);
});
