/** Help sessions over the API, the device's routes and the gateway, with Azure's own client at both ends. */
import { WebPubSubClient } from '@azure/web-pubsub-client';
import { CLIENT_ASSERTION_TYPE } from '@open-remote-help/protocol';
import { DeviceHand } from '@open-remote-help/testkit';
import { expect } from 'vitest';
import { INTUNE_ADMINISTRATOR } from '../../src/access/rights.ts';
import { type Answer, type Api, type ApiOptions, type Ask, caller, openApi, TENANT } from './harness.ts';

export const DEVICES = '/beta/deviceManagement/managedDevices';
export const LEASE = '/beta/ExtendRemoteHelpSessionResponse';
export const SETTINGS = '/beta/deviceManagement/remoteAssistanceSettings';
export const SESSIONS = '/beta/remoteHelp/sessions';
export const TOKENS = '/beta/remoteHelp/enrollmentTokens';
export const ALL = { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true };

const admin = { directoryRoles: [INTUNE_ADMINISTRATOR] };
/** Helpers with every right, and an application. */
const PEOPLE = {
  anna: caller({ objectId: 'anna', name: 'Anna', userPrincipalName: 'anna@example.org', ...admin }),
  ben: caller({ objectId: 'ben', name: 'Ben', ...admin }),
  desk: caller({ objectId: 'desk', kind: 'application' }),
};

/** A device that enrolled and signed in. */
export interface Device {
  readonly id: string;
  /** POST with a body, else GET, below `/device/{tenant}/`. */
  call(route: string, body?: object): Promise<Answer>;
}

/** A published client on an access URI, with what it hears. */
export class End {
  readonly client: WebPubSubClient;
  readonly heard: Record<string, unknown>[] = [];
  stopped = false;
  #waiting: (() => void)[] = [];

  constructor(url: string) {
    this.client = new WebPubSubClient(url, { autoReconnect: false });
    this.client.on('server-message', ({ message }) => this.#note(message.data as Record<string, unknown>));
    this.client.on('group-message', ({ message }) => this.#note({ event: 'group', data: message.data }));
    this.client.on('stopped', () => {
      this.stopped = true;
      this.#wake();
    });
  }

  /** Connects. @returns the id of the connection */
  async open(): Promise<string> {
    const connected = new Promise<string>((resolve) => {
      this.client.on('connected', ({ connectionId }) => resolve(connectionId));
    });
    await this.client.start();
    return connected;
  }

  /** An event of this name, past or to come: the first, or the n-th. */
  async hears(event: string, count = 1): Promise<Record<string, unknown>> {
    return this.#first(() => this.heard.filter((each) => each.event === event)[count - 1]);
  }

  /** The first event, past or to come, with these members. */
  async hearsThat(members: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const wanted = Object.entries(members);
    return this.#first(() => this.heard.find((each) => wanted.every(([name, value]) => each[name] === value)));
  }

  async stops(): Promise<void> {
    while (!this.stopped) await this.#next();
  }

  async #first<T>(find: () => T | undefined): Promise<T> {
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      await this.#next();
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #note(data: Record<string, unknown>): void {
    this.heard.push(data);
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A tenant where remote help is on, with one device; `anna` and `ben` may help, unless others are given. */
export class LiveSessions {
  readonly api: Api;
  readonly host: string;
  device!: Device;
  readonly #clients: WebPubSubClient[] = [];

  private constructor(api: Api, port: number) {
    this.api = api;
    this.host = `127.0.0.1:${port}`;
  }

  static async open(options: ApiOptions = {}): Promise<LiveSessions> {
    const api = await openApi({ ...options, callers: { ...PEOPLE, ...options.callers } });
    const rig = new LiveSessions(api, await api.listen());
    await api.sessions.start();
    await api.ask('PATCH', SETTINGS, { body: { remoteAssistanceState: 'enabled' } });
    rig.device = await rig.enrolled();
    await rig.pass(1_000);
    return rig;
  }

  /** Moves the clock; what is due, or was left to be looked at, is done when this settles. */
  async pass(ms: number): Promise<void> {
    const { clock, sessions } = this.api;
    await sessions.engine.settled();
    clock.advanceBy(ms);
    await sessions.engine.settled();
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.stop();
    expect(this.api.errors).toEqual([]);
    await this.api.close();
  }

  /** @param token what the enrolment token says */
  async enrolled(token: object = {}): Promise<Device> {
    const hand = new DeviceHand(TENANT);
    const { token: text } = (await this.api.ask('POST', TOKENS, { body: token })).body;
    const body = await hand.enrollment(text);
    const { deviceId, generation } = (await this.api.ask('POST', `/device/${TENANT}/enroll`, { token: '', body })).body;
    const assertion = await hand.assertion(deviceId, generation, this.api.clock.now());
    const form = { grant_type: 'client_credentials', client_assertion_type: CLIENT_ASSERTION_TYPE };
    const signedIn = await this.api.ask('POST', `/device/${TENANT}/token`, {
      token: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, client_assertion: assertion }).toString(),
    });
    const { access_token: accessToken } = signedIn.body;
    const ask = { token: accessToken, headers: { host: this.host } };
    return {
      id: deviceId,
      call: (route, sent) =>
        this.api.ask(sent ? 'POST' : 'GET', `/device/${TENANT}/${route}`, { ...ask, ...(sent ? { body: sent } : {}) }),
    };
  }

  async end(url: string): Promise<End & { readonly id: string }> {
    const end = new End(url);
    this.#clients.push(end.client);
    return Object.assign(end, { id: await end.open() });
  }

  /** The standing connection of a device. */
  async standing(device = this.device): Promise<End & { readonly id: string }> {
    return this.end((await device.call('connect', {})).body.pubSubAccessUri);
  }

  operate(name: string, body: object, { device = this.device, ...ask }: Ask & { device?: Device } = {}) {
    const headers = { host: this.host, ...ask.headers };
    return this.api.ask('POST', `${DEVICES}/${device.id}/${name}`, { token: 'anna', ...ask, body, headers });
  }

  retrieve(sessionKey: string, token = 'anna', device = this.device): Promise<Answer> {
    const path = `${DEVICES}/${device.id}/microsoft.graph.retrieveRemoteHelpSession(sessionKey='${sessionKey}')`;
    return this.api.ask('GET', path, { token, headers: { host: this.host } });
  }

  async create({ token = 'anna', device = this.device, sessionType = 'takeFullControl' } = {}): Promise<{
    id: string;
    sessionKey: string;
  }> {
    const { status, body } = await this.operate('createRemoteHelpSession', { sessionType }, { token, device });
    expect(status).toBe(200);
    return body;
  }

  /** A session that was accepted, both ends connected and in. */
  async active({ token = 'anna', device = this.device, sessionType = 'takeFullControl' } = {}) {
    const standing = await this.standing(device);
    const { id, sessionKey } = await this.create({ token, device, sessionType });
    await standing.hears('requested');
    const joined = (await device.call('join', { sessionKey })).body;
    const sharer = await this.end(joined.pubSubSharerAccessUri);
    const retrieved = (await this.retrieve(sessionKey, token, device)).body;
    const helper = await this.end(retrieved.pubSubHelperAccessUri);
    await device.call('accept', { sessionKey, grants: ALL });
    await helper.hears('consent');
    const body = { sessionKey, pubSubConnectionId: helper.id };
    const access = await this.operate('requestRemoteHelpSessionAccess', body, { token, device });
    expect(access.status).toBe(200);
    return { id, sessionKey, standing, sharer, helper, retrieved, access: access.body };
  }

  /** What is left of a session when it has ended within a second. */
  async endedWithinASecond(id: string, { helper, sharer }: { readonly helper: End; readonly sharer: End }) {
    await this.pass(1_000);
    await Promise.all([helper.stops(), sharer.stops()]);
    return this.shown(id);
  }

  /** The public row of a session. */
  async shown(id: string): Promise<Record<string, unknown>> {
    return (await this.api.ask('GET', `${SESSIONS}/${id}`)).body;
  }
}
