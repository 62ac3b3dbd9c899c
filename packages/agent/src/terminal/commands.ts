/** `remote-help device enroll` and `remote-help device run`: a device in a terminal. */
import { mkdir } from 'node:fs/promises';
import { homedir, hostname, platform, release } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { webCryptoPort } from '@open-remote-help/protocol/events';
import { webSocketPort } from '@open-remote-help/protocol/realtime';
import { systemClock } from '../clock.ts';
import { Device, type DeviceSettings } from '../device.ts';
import { DeviceClient } from '../device-client.ts';
import { lockDeviceFile } from '../device-lock.ts';
import { DeviceServer } from '../device-server.ts';
import { DeviceTerminal } from './device-terminal.ts';
import { LiveTerminal } from './live-terminal.ts';
import { plain, styled } from './text.ts';

/** Where the key lies unless it is said otherwise. */
export const DEFAULT_DEVICE_FILE = join(homedir(), '.open-remote-help', 'device.json');

const OWNER_ALONE = 0o700;

/**
 * Enrols this machine; a device that is enrolled already becomes another one, or the same anew.
 * @returns the device's id
 * @throws DeviceError
 */
export async function enrollDevice(options: {
  readonly file: string;
  readonly server: string;
  readonly token: string;
  readonly name?: string;
}): Promise<string> {
  const { file, server, token, name = hostname() } = options;
  await mkdir(dirname(file), { recursive: true, mode: OWNER_ALONE });
  const lock = lockDeviceFile(file);
  try {
    const facts = { deviceName: name, operatingSystem: platform(), osVersion: release() };
    return (await new DeviceClient({ file }).enroll(server, token, facts)).deviceId;
  } finally {
    lock.release();
  }
}

export interface Streams {
  readonly input: Readable;
  readonly output: Writable & { readonly columns?: number };
  readonly isInteractive: boolean;
}

/** What signals do to a device that runs. */
export interface Switch {
  /** As Ctrl+C: declines, or stops, or else switches off. */
  interrupt(): void;
  switchOff(): void;
}

/**
 * Runs the device until it is switched off.
 * @param connect is given what signals are to do
 * @throws DeviceError when it is not enrolled, runs already, or the server refuses it for good
 */
export async function runDevice(
  file: string,
  settings: DeviceSettings,
  { input, output, isInteractive }: Streams,
  connect: (signals: Switch) => void,
): Promise<void> {
  const client = new DeviceClient({ file });
  const signer = await client.signer();
  const lock = lockDeviceFile(file);
  const sharer = new DeviceTerminal(systemClock, isInteractive ? styled : plain);
  const device = new Device({
    server: new DeviceServer({ client }),
    ...{ signer, sharer, settings, clock: systemClock },
    crypto: webCryptoPort(globalThis.crypto),
    openSocket: webSocketPort(globalThis.WebSocket),
  });
  const terminal = new LiveTerminal({
    ...{ input, output, isInteractive },
    onLine: (line) => sharer.typed(line),
    onInterrupt: () => sharer.interrupted(),
    onEnd: () => sharer.deaf(),
  });
  sharer.join(terminal, device);
  connect({ interrupt: () => sharer.interrupted(), switchOff: () => void device.close() });
  try {
    await device.run();
  } finally {
    sharer.close();
    terminal.close();
    lock.release();
  }
}
