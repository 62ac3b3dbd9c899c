/** Pages that claim codes, over the API and the gateway. */
import { CLIENT_ASSERTION_TYPE, type ClaimAnswer } from '@open-remote-help/protocol';
import { PageHand } from '@open-remote-help/testkit';
import { expect } from 'vitest';
import type { Answer, ApiOptions, Ask } from './harness.ts';
import { type Device, LiveSessions, SETTINGS } from './live-sessions.ts';

export const INVITATIONS = '/beta/remoteHelp/invitations';

/** A page that is a device. */
export interface Page extends Device {
  readonly hand: PageHand;
  readonly answer: ClaimAnswer;
}

/** A tenant that takes pages; `anna` and `ben` may invite. */
export class InvitedPages {
  readonly live: LiveSessions;

  private constructor(live: LiveSessions) {
    this.live = live;
  }

  static async open(options: ApiOptions = {}): Promise<InvitedPages> {
    const live = await LiveSessions.open(options);
    await live.api.ask('PATCH', SETTINGS, { body: { allowSessionsToUnenrolledDevices: true } });
    await live.pass(1_000);
    return new InvitedPages(live);
  }

  get api() {
    return this.live.api;
  }

  invite(body: object = {}, token = 'anna'): Promise<Answer> {
    return this.api.ask('POST', INVITATIONS, { token, body, headers: { host: this.live.host } });
  }

  /** A code as it was shown, and the id of its invitation. */
  async code(token = 'anna'): Promise<{ readonly code: string; readonly id: string }> {
    const { status, body } = await this.invite({}, token);
    expect(status).toBe(201);
    return body;
  }

  claim(body: object, from = '192.0.2.50'): Promise<Answer> {
    return this.api.ask('POST', '/share/claim', { token: '', body, from, headers: { host: this.live.host } });
  }

  async try(code: string, from?: string): Promise<Answer> {
    return this.claim(await new PageHand().claim(code), from);
  }

  /** A page that has claimed a fresh code. */
  async page(token = 'anna'): Promise<Page & { readonly invitationId: string }> {
    const { code, id: invitationId } = await this.code(token);
    const hand = new PageHand();
    const { status, body } = await this.claim(await hand.claim(code));
    expect(status).toBe(201);
    return { ...this.deviceOf(hand, body), invitationId };
  }

  deviceOf(hand: PageHand, answer: ClaimAnswer, accessToken = answer.accessToken): Page {
    const { tenantId, deviceId: id } = answer;
    const ask: Ask = { token: accessToken, headers: { host: this.live.host } };
    const call = (route: string, sent?: object) =>
      this.api.ask(sent ? 'POST' : 'GET', `/device/${tenantId}/${route}`, { ...ask, ...(sent ? { body: sent } : {}) });
    return { id, hand, answer, call };
  }

  /** Renews a page's token. */
  async renew({ hand, answer }: Page, generation = answer.generation): Promise<Answer> {
    const { tenantId, deviceId, audience } = answer;
    const assertion = await hand.assertion(deviceId, generation, this.api.clock.now(), { aud: audience });
    const form = { grant_type: 'client_credentials', client_assertion_type: CLIENT_ASSERTION_TYPE };
    return this.api.ask('POST', `/device/${tenantId}/token`, {
      token: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ ...form, client_assertion: assertion }).toString(),
    });
  }

  /** A page and its helper, both in, and the page has accepted. */
  async active(token = 'anna') {
    const page = await this.page(token);
    const { sessionKey } = page.answer;
    const joined = (await page.call('join', { sessionKey })).body;
    const sharer = await this.live.end(joined.pubSubSharerAccessUri);
    await sharer.hears('policy');
    const retrieved = (await this.live.retrieve(sessionKey, token, page)).body;
    const helper = await this.live.end(retrieved.pubSubHelperAccessUri);
    await helper.hears('policy');
    const accepted = await page.call('accept', { sessionKey, grants: { view: true } });
    expect(accepted.status).toBe(204);
    await helper.hears('consent');
    const body = { sessionKey, pubSubConnectionId: helper.id };
    const access = await this.live.operate('requestRemoteHelpSessionAccess', body, { token, device: page });
    expect(access.status).toBe(200);
    return { id: joined.id as string, page, sessionKey, sharer, helper };
  }
}
