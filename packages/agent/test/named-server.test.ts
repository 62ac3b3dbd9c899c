/** A VNC server that the settings name, with a password: a real one, on a port of its own. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, RfbViewer, startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { InputGate } from '../src/screen/input-gate.ts';
import { NamedServer } from '../src/screen/named-server.ts';
import { VncConnection } from '../src/screen/vnc-connection.ts';

let desktop: XDesktop;
let folder: string;
let passwordFile: string;
let port: number;
beforeAll(async () => {
  desktop = await startXDesktop();
  port = await freePort();
  // x11vnc takes the password as it is; it listens for this machine alone.
  const words = [
    '-display',
    desktop.display,
    '-rfbport',
    `${port}`,
    '-localhost',
    '-no6',
    '-forever',
    '-shared',
    '-nosel',
  ];
  const server = desktop.start('x11vnc', ...words, '-norc', '-passwd', 'secret');
  await once(server.stdout as NodeJS.ReadableStream, 'data');
});
afterAll(() => desktop.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rh-test-'));
  passwordFile = join(folder, 'password');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What a helper sees of the named server, until it fails. */
async function look(
  password: string,
): Promise<{ viewer: RfbViewer; failed: Promise<unknown>; close: () => Promise<void> }> {
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const source = await new NamedServer({ place: { host: '127.0.0.1', port }, passwordFile }).open(null);
  const viewer: RfbViewer = new RfbViewer((bytes) => connection.push(bytes, () => undefined));
  const connection = new VncConnection({
    ...{ vnc: await source.connect(), password: source.password, clock: systemClock },
    input: (release) => new InputGate().input('anna', release),
    // As over a relay, what is sent arrives later.
    toHelper: (bytes) => Promise.resolve(bytes.slice()).then((later) => viewer.receive(later)),
  });
  const failed = connection.run().then(
    () => undefined,
    (error: unknown) => error,
  );
  return { viewer, failed, close: () => connection.close() };
}

// SCR-4, SCR-8
it('is reached with its password, and shows its desktop', async () => {
  const { viewer, close } = await look('secret');
  expect(await viewer.ready).toEqual({ width: 640, height: 480 });
  await viewer.until(() => viewer.updates > 0);
  await close();
});

// SCR-8
it('is not reached with another one', async () => {
  const { failed, close } = await look('wrong');
  expect(String(await failed)).toContain('refuses the password');
  await close();
});

// SCR-4
it('is told not to be there, and a password that others can read is not taken', async () => {
  writeFileSync(passwordFile, 'secret', { mode: 0o644 });
  const readable = new NamedServer({ place: { host: '127.0.0.1', port }, passwordFile }).open(null);
  await expect(readable).rejects.toThrow('can be read by others');
  const nowhere = await new NamedServer({ place: { path: join(folder, 'none') } }).open(null);
  await expect(nowhere.connect()).rejects.toMatchObject({ why: 'noSource' });
});
