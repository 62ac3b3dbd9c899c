import { describe, expect, it } from 'vitest';
import { type Machine, machineFacts, thisMachine } from './machine-facts.ts';

function machine(platform: NodeJS.Platform, sources: Readonly<Record<string, string>> = {}): Machine {
  const read = async (name: string) => sources[name];
  return { platform, hostname: 'desk', release: '6.1.0', file: read, output: (...words) => read(words[0]) };
}

const DMI = '/sys/class/dmi/id/';

// DEV-34
describe('facts of a machine', () => {
  it('are read from os-release and the firmware', async () => {
    const linux = machine('linux', {
      '/etc/os-release': 'NAME="Debian"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n',
      [`${DMI}sys_vendor`]: 'LENOVO\n',
      [`${DMI}product_name`]: '20XW\u202e004AGE\n',
      [`${DMI}product_serial`]: 'To Be Filled By O.E.M.\n',
    });
    expect(await machineFacts(undefined, linux)).toEqual({
      ...{ deviceName: 'desk', operatingSystem: 'Linux', osVersion: 'Debian GNU/Linux 12 (bookworm)' },
      ...{ manufacturer: 'LENOVO', model: '20XW 004AGE' },
    });
  });

  it('are read from the device tree where there is no such firmware', async () => {
    const board = machine('linux', { '/proc/device-tree/model': 'Raspberry Pi 5 Model B\0' });
    const osVersion = '6.1.0';
    const facts = { deviceName: 'front', operatingSystem: 'Linux', osVersion, model: 'Raspberry Pi 5 Model B' };
    expect(await machineFacts('front', board)).toEqual(facts);
  });

  it('are asked of the system on macOS and Windows', async () => {
    const mac = machine('darwin', { sw_vers: '15.1\n', sysctl: 'Mac15,6\n' });
    expect(await machineFacts(undefined, mac)).toMatchObject({
      operatingSystem: 'macOS',
      osVersion: '15.1',
      model: 'Mac15,6',
    });
    const answer = '{"manufacturer":"Dell Inc.","model":"Latitude 7440","serialNumber":null}\r\n';
    const facts = { deviceName: 'desk', operatingSystem: 'Windows', osVersion: '6.1.0' };
    const windows = await machineFacts(undefined, machine('win32', { 'powershell.exe': answer }));
    expect(windows).toEqual({ ...facts, manufacturer: 'Dell Inc.', model: 'Latitude 7440' });
    expect(await machineFacts(undefined, machine('win32', { 'powershell.exe': 'Access denied' }))).toEqual(facts);
  });

  it('of this machine have at least a name and a system', async () => {
    const { deviceName, operatingSystem, osVersion } = await machineFacts(undefined, thisMachine);
    expect([deviceName, operatingSystem, osVersion].every((fact) => typeof fact === 'string' && fact !== '')).toBe(
      true,
    );
  });
});
