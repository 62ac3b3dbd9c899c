/** An agent that is on: the one place that puts a device together from its parts. */
import { webCryptoPort } from '@open-remote-help/protocol/events';
import { webSocketPort } from '@open-remote-help/protocol/realtime';
import { agentFiles } from '../agent-files.ts';
import { AgentState } from '../agent-state.ts';
import { systemClock } from '../clock.ts';
import { type ControlHandler, listenForControl } from '../control.ts';
import { findDesktop } from '../desktop/index.ts';
import { Device } from '../device.ts';
import { DeviceClient } from '../device-client.ts';
import { DeviceError } from '../device-error.ts';
import { lockDeviceFile } from '../device-lock.ts';
import { DeviceServer } from '../device-server.ts';
import { History } from '../history.ts';
import { LiveSettings } from '../live-settings.ts';
import { RecordedSharer } from '../recorded-sharer.ts';
import { desktopSystems } from '../screen/desktop-systems.ts';
import type { NamedServerOptions } from '../screen/named-server.ts';
import { sessionFile } from '../session-memory.ts';
import type { PictureSetting, SettingTexts } from '../settings.ts';
import { type Person, personAtDesktop, personAtTerminal, type Streams } from './person.ts';

export type Prompts = 'auto' | 'desktop' | 'terminal';

/** What signals do to an agent that runs. */
export interface Switch {
  /** As Ctrl+C: declines, or stops, or else switches off. */
  interrupt(): void;
  switchOff(): void;
}

export interface RunOptions {
  readonly file: string;
  /** For this run, over what the file says. */
  readonly overrides: SettingTexts;
  readonly prompts: Prompts;
  readonly streams: Streams;
  /** Is given what signals are to do. */
  readonly connect: (signals: Switch) => void;
}

/**
 * Runs the device until it is switched off.
 * @throws DeviceError when it is not enrolled, runs already, or the server refuses it for good
 * @throws SettingError
 */
export async function runAgent({ file, overrides, prompts, streams, connect }: RunOptions): Promise<void> {
  const files = agentFiles(file);
  const settings = await LiveSettings.read(files.settings, overrides);
  const client = new DeviceClient({ file });
  const signer = await client.signer();
  const lock = lockDeviceFile(file);
  const history = new History(files);
  const person = await personFor(prompts, streams).catch((error: unknown) => {
    lock.release();
    throw error;
  });
  const clock = systemClock;
  const recorded = new RecordedSharer(person.sharer, history, clock);
  const state = new AgentState(recorded, clock);
  const device = new Device({
    server: new DeviceServer({ client }),
    ...{ signer, sharer: state, settings: settings.device, clock },
    desktop: desktopSystems({ clock, named: () => serverNamedBy(settings.now.picture) }),
    memory: sessionFile(files.session),
    crypto: webCryptoPort(globalThis.crypto),
    openSocket: webSocketPort(globalThis.WebSocket),
  });
  person.join(device);
  connect({ interrupt: () => person.interrupt(), switchOff: () => void device.close() });
  try {
    const control = await listenForControl(files.control, clock, handlerOf(device, state, settings));
    await device.run().finally(() => control.close());
  } finally {
    person.close();
    recorded.close();
    history.close();
    lock.release();
  }
}

/** undefined: what is found here is shown. */
function serverNamedBy(picture: PictureSetting): NamedServerOptions | undefined {
  if (picture.kind === 'auto') return undefined;
  const place = 'path' in picture ? { path: picture.path } : { host: picture.host, port: picture.port };
  return { place, ...(picture.passwordFile === undefined ? {} : { passwordFile: picture.passwordFile }) };
}

function handlerOf(device: Device, state: AgentState, settings: LiveSettings): ControlHandler {
  return async (request) => {
    const before = state.status();
    // What counts is done here at once; that the server hears of it may take longer than who asked would wait.
    if (request.command === 'stop') void device.stop();
    if (request.command === 'narrow') void device.narrow(request.keep);
    if (request.command === 'reload') await settings.reload();
    return before;
  };
}

/** @throws DeviceError `refused` when there is no desktop and one was asked for */
async function personFor(prompts: Prompts, streams: Streams): Promise<Person> {
  const dialogs = prompts === 'terminal' ? undefined : await findDesktop();
  if (dialogs) return personAtDesktop(dialogs, streams);
  if (prompts === 'desktop') {
    throw new DeviceError(
      'refused',
      'There is no desktop here, or nothing that shows dialogs on it: install zenity or kdialog.',
    );
  }
  return personAtTerminal(streams);
}
