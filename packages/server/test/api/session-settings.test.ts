/** What operators set about sessions counts. */
import { afterEach, describe, expect, it } from 'vitest';
import { instantOf } from '../../src/access/identity-model.ts';
import { systemClock, toIsoText } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { DEFAULT_SETTINGS } from '../../src/session/session.ts';
import { sessionSettingsOf } from '../../src/sessions.ts';
import { startOnFreePorts } from '../judges/running-service.ts';
import { DEVICES, LEASE, LiveSessions, SETTINGS } from './live-sessions.ts';

const MINUTE = 60_000;

describe('the settings of sessions', () => {
  let rig: LiveSessions;
  afterEach(() => rig.close());

  async function open(settings: Readonly<Record<string, string>>): Promise<LiveSessions> {
    rig = await LiveSessions.open({ settings });
    return rig;
  }

  // SES-3, SES-3.1
  it('give lease and cap', async () => {
    const { api } = await open({ REMOTE_HELP_SESSION_LEASE_MINUTES: '20', REMOTE_HELP_SESSION_CAP_HOURS: '1' });
    const at = (minutes: number) => toIsoText(api.clock.now() + minutes * MINUTE);
    const { id, sessionKey } = await rig.create();
    const { body } = await api.ask('GET', `${LEASE}/${id}`, { token: 'anna' });
    expect(body.sessionExpirationDateTime).toBe(at(20));
    const beyond = { sessionExpirationDateTime: at(61) };
    expect((await api.ask('PATCH', `${LEASE}/${id}`, { token: 'anna', body: beyond })).status).toBe(400);
    await rig.pass(4 * MINUTE);
    const extended = await rig.operate('extendRemoteHelpSession', { sessionKey });
    expect(extended.body.sessionExpirationDateTime).toBe(at(20));
  });

  // SES-2
  it('give the time for consent', async () => {
    await open({ REMOTE_HELP_SESSION_CONSENT_MINUTES: '2' });
    const { id } = await rig.create();
    await rig.pass(2 * MINUTE - 1);
    expect(await rig.shown(id)).toMatchObject({ state: 'requested' });
    await rig.pass(1);
    expect(await rig.shown(id)).toMatchObject({ endReason: 'timedOut' });
  });

  // SES-12
  it('give the time to be away', async () => {
    await open({ REMOTE_HELP_SESSION_AWAY_SECONDS: '10' });
    const { id, sharer, helper } = await rig.active();
    sharer.client.stop();
    await helper.hearsThat({ event: 'presence', party: 'sharer', isPresent: false });
    await rig.pass(9_999);
    expect(await rig.shown(id)).toMatchObject({ state: 'active' });
    await rig.pass(1);
    expect(await rig.shown(id)).toMatchObject({ endReason: 'sharerLeft' });
  });

  // SES-13
  it('give back-off and prompts', async () => {
    await open({
      REMOTE_HELP_SESSION_BACK_OFF_SECONDS: '40',
      REMOTE_HELP_SESSION_LONGEST_BACK_OFF_MINUTES: '1',
      REMOTE_HELP_SESSION_PROMPTS_PER_HOUR: '4',
    });
    const waits: number[] = [];
    for (let asked = 0; asked < 4; asked++) {
      const { sessionKey } = await rig.create();
      await rig.device.call('decline', { sessionKey });
      const again = await rig.operate('createRemoteHelpSession', { sessionType: 'viewScreen' });
      waits.push(Number(again.headers['retry-after']));
      await rig.pass((waits.at(-1) ?? 0) * 1_000);
    }
    expect(waits.slice(0, 3)).toEqual([40, 60, 60]);
    expect(waits[3]).toBeGreaterThan(50 * 60);
  });
});

describe('the settings of a service', () => {
  it('are by default what the rules say', () => {
    expect(sessionSettingsOf(readConfig({}))).toEqual(DEFAULT_SETTINGS);
  });

  // SES-3
  it('reach its sessions', async () => {
    const running = await startOnFreePorts({ REMOTE_HELP_SESSION_LEASE_MINUTES: '7' });
    try {
      const token = await running.token(
        'DeviceManagementManagedDevices.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All',
      );
      const ask = async (method: string, path: string, body?: object) => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
        const sent = body ? { body: JSON.stringify(body) } : {};
        return (await fetch(running.origin + path, { method, headers, ...sent })).json() as Promise<{ id: string }>;
      };
      await ask('PATCH', SETTINGS, { remoteAssistanceState: 'enabled' });
      const { id: deviceId } = await ask('POST', DEVICES, { deviceName: 'A' });
      const before = systemClock.now();
      const { id } = await ask('POST', `${DEVICES}/${deviceId}/createRemoteHelpSession`, { sessionType: 'viewScreen' });
      const lease = (await ask('GET', `${LEASE}/${id}`)) as unknown as { sessionExpirationDateTime: string };
      const lasts = instantOf(lease.sessionExpirationDateTime) - before;
      expect(Math.round(lasts / MINUTE)).toBe(7);
    } finally {
      await running.close();
    }
  });
});
