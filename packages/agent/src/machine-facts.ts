/** What this machine says of itself when it enrols. Nobody verifies it, and nothing is decided by it. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname, release } from 'node:os';
import { promisify } from 'node:util';
import type { DeviceFacts } from '@open-remote-help/protocol';
import { toLine } from '@open-remote-help/protocol/events';

/** Where facts are read; tests put in a machine of their own. Both answer undefined for what is not to be had. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly hostname: string;
  readonly release: string;
  file(path: string): Promise<string | undefined>;
  output(command: string, ...args: readonly string[]): Promise<string | undefined>;
}

const run = promisify(execFile);
const LONGEST_RUN_MS = 10_000;
const LONGEST_FACT = 256;
/** What makers leave where a name should be. */
const PLACEHOLDER =
  /^(to be filled.*|default string|system (product name|manufacturer|serial number|version)|not (specified|applicable|available)|none|unknown|o\.?e\.?m\.?|0+|n\/a)$/i;

export const thisMachine: Machine = {
  platform: process.platform,
  hostname: hostname(),
  release: release(),
  file: (path) => readFile(path, 'utf8').catch(() => undefined),
  output: (command, ...args) =>
    run(command, args, { timeout: LONGEST_RUN_MS, windowsHide: true }).then(
      ({ stdout }) => stdout,
      () => undefined,
    ),
};

type Facts = Omit<DeviceFacts, 'deviceName' | 'userPrincipalName'>;

/** @param deviceName what it is called; the machine's name when left out */
export async function machineFacts(deviceName?: string, machine: Machine = thisMachine): Promise<DeviceFacts> {
  const read = READERS[machine.platform] ?? otherFacts;
  const facts = Object.entries(await read(machine)).flatMap(([name, value]) => {
    const text = toLine(value ?? '', LONGEST_FACT);
    return text === '' || PLACEHOLDER.test(text) ? [] : [[name, text]];
  });
  return {
    deviceName: deviceName ?? (toLine(machine.hostname, LONGEST_FACT) || 'device'),
    ...Object.fromEntries(facts),
  };
}

type Reader = (machine: Machine) => Promise<Facts>;

const READERS: Partial<Record<NodeJS.Platform, Reader>> = { linux: linuxFacts, darwin: macFacts, win32: windowsFacts };

/** os-release(5), the firmware's DMI tables as the kernel shows them, and the device tree where there is one. */
async function linuxFacts({ file, release: kernel }: Machine): Promise<Facts> {
  const dmi = (name: string) => file(`/sys/class/dmi/id/${name}`);
  const [release, ...tables] = await Promise.all([
    file('/etc/os-release'),
    ...['sys_vendor', 'product_name', 'product_serial'].map(dmi),
  ]);
  const [manufacturer, product, serialNumber] = tables;
  const model = product ?? (await file('/proc/device-tree/model'));
  const osVersion = /^PRETTY_NAME="?(.*?)"?$/m.exec(release ?? '')?.[1] ?? kernel;
  return known({ operatingSystem: 'Linux', osVersion, manufacturer, model, serialNumber });
}

async function macFacts({ output, release: kernel }: Machine): Promise<Facts> {
  const [version, model] = await Promise.all([
    output('sw_vers', '-productVersion'),
    output('sysctl', '-n', 'hw.model'),
  ]);
  return known({ operatingSystem: 'macOS', osVersion: version ?? kernel, manufacturer: 'Apple', model });
}

const WINDOWS_QUERY =
  '$s = Get-CimInstance Win32_ComputerSystem; $b = Get-CimInstance Win32_BIOS; ' +
  '[pscustomobject]@{ manufacturer = $s.Manufacturer; model = $s.Model; serialNumber = $b.SerialNumber } | ConvertTo-Json -Compress';

async function windowsFacts({ output, release: osVersion }: Machine): Promise<Facts> {
  const text = await output('powershell.exe', '-NoProfile', '-NonInteractive', '-Command', WINDOWS_QUERY);
  const { manufacturer, model, serialNumber } = objectOf(text);
  return known({ operatingSystem: 'Windows', osVersion, manufacturer, model, serialNumber });
}

async function otherFacts({ platform, release: osVersion }: Machine): Promise<Facts> {
  return { operatingSystem: platform, osVersion };
}

/** Texts alone: what could not be read is left out. */
function known(facts: Readonly<Record<string, unknown>>): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => typeof value === 'string')) as Facts;
}

function objectOf(text: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text ?? '{}'));
  } catch {
    return {};
  }
}
