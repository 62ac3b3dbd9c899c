/** What a restored database says of devices that went on since. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEVICE_TENANT, deviceRig, ManualClock } from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUpData, restoreData } from '../../src/backup.ts';
import { type Config, readConfig } from '../../src/config.ts';
import { openData } from '../../src/data.ts';
import { deviceGenerations } from '../../src/device/device-model.ts';

let folder: string;
let config: Config;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'device-'));
  config = readConfig({ REMOTE_HELP_DATA_DIR: folder });
});
afterEach(() => rm(folder, { recursive: true }));

describe('a restored database', () => {
  // DEV-24
  it('parks no device that went on after the backup', async () => {
    const clock = new ManualClock();
    const data = await openData(config, clock);
    const rig = await deviceRig({ ...data, clock });
    const device = await rig.enrolled();
    let { generation } = await rig.signIn(device);
    await backUpData(config, join(folder, 'backup.sqlite'));
    for (let i = 0; i < 3; i++) ({ generation } = await rig.signIn({ ...device, generation }));
    await data.store.close();

    await restoreData(config, join(folder, 'backup.sqlite'), clock);
    const restored = await openData(config, clock);
    const anew = await deviceRig({ ...restored, clock });
    expect(await restored.store.count({ set: deviceGenerations, tenantId: DEVICE_TENANT })).toBe(0);
    expect(await anew.signIn({ ...device, generation })).toMatchObject({ token_type: 'Bearer' });
    expect(anew.parked).toEqual([]);
    await restored.store.close();
  });
});
