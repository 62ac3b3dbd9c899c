/** What operators set about sessions counts. */
import { CLIENT_ASSERTION_TYPE } from '@open-remote-help/protocol';
import { DeviceHand } from '@open-remote-help/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { instantOf } from '../../src/access/identity-model.ts';
import { systemClock, toIsoText } from '../../src/clock.ts';
import { readConfig } from '../../src/config.ts';
import { DEFAULT_SETTINGS } from '../../src/session/session.ts';
import { sessionSettingsOf } from '../../src/sessions.ts';
import { startOnFreePorts } from '../judges/running-service.ts';
import { DEVICES, LEASE, LiveSessions, SETTINGS, TOKENS } from './live-sessions.ts';

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
    for (let asked = 0; asked < 3; asked++) {
      const { sessionKey } = await rig.create();
      await rig.device.call('decline', { sessionKey });
      const again = await rig.operate('createRemoteHelpSession', { sessionType: 'viewScreen' });
      waits.push(Number(again.headers['retry-after']));
      await rig.pass((waits.at(-1) ?? 0) * 1_000);
    }
    expect(waits.slice(0, 2)).toEqual([40, 60]);
    expect(waits[2]).toBeGreaterThan(50 * 60);
  });
});

describe('the settings of a service', () => {
  it('are by default what the rules say', () => {
    expect(sessionSettingsOf(readConfig({}))).toEqual(DEFAULT_SETTINGS);
  });

  // SES-3, ID-46
  it('reach its sessions', async () => {
    const running = await startOnFreePorts({
      REMOTE_HELP_SESSION_LEASE_MINUTES: '7',
      REMOTE_HELP_ORGANIZATION: 'Contoso',
    });
    const tenantId = running.service.ownTenantId ?? '';
    const hand = new DeviceHand(tenantId);
    const token = await running.token(
      'DeviceManagementManagedDevices.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All',
    );
    // biome-ignore lint/suspicious/noExplicitAny: answers of every shape
    const ask = async (method: string, path: string, body?: object, by = token): Promise<any> => {
      const headers = { authorization: `Bearer ${by}`, 'content-type': 'application/json' };
      const sent = body ? { body: JSON.stringify(body) } : {};
      return (await fetch(running.origin + path, { method, headers, ...sent })).json();
    };
    try {
      await ask('PATCH', SETTINGS, { remoteAssistanceState: 'enabled' });
      const enrolment = await hand.enrollment((await ask('POST', TOKENS, {})).token);
      const { deviceId, generation } = await ask('POST', `/device/${tenantId}/enroll`, enrolment);
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: CLIENT_ASSERTION_TYPE,
        client_assertion: await hand.assertion(deviceId, generation, systemClock.now()),
      });
      const signedIn = await fetch(`${running.origin}/device/${tenantId}/token`, { method: 'POST', body: form });
      const { access_token: deviceToken } = (await signedIn.json()) as { access_token: string };
      const before = systemClock.now();
      const { id } = await ask('POST', `${DEVICES}/${deviceId}/createRemoteHelpSession`, { sessionType: 'viewScreen' });
      const { sessionExpirationDateTime } = await ask('GET', `${LEASE}/${id}`);
      expect(Math.round((instantOf(sessionExpirationDateTime) - before) / MINUTE)).toBe(7);
      const { value } = await ask('GET', `/device/${tenantId}/requests`, undefined, deviceToken);
      expect(value).toMatchObject([{ helper: { name: 'First admin', organization: 'Contoso' } }]);
    } finally {
      await running.close();
    }
  });
});
