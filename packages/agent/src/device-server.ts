/** What a device and its server say to each other about sessions; signs in by itself. */
import { EventRefusal, type SessionGrants } from '@open-remote-help/protocol/events';
import { type RelayOffer, readRelayOffer } from '@open-remote-help/protocol/relay';
import { type Clock, type Instant, readHttpDate, systemClock } from './clock.ts';
import type { DeviceClient, DeviceSignIn } from './device-client.ts';
import { DeviceError } from './device-error.ts';
import { secureSocket } from './secure-url.ts';
import { bodyOf, type Fetch, post, refusalOf } from './server-answers.ts';

export interface DeviceServerOptions {
  readonly client: Pick<DeviceClient, 'signIn'>;
  readonly fetch?: Fetch;
  readonly clock?: Pick<Clock, 'now'>;
}

/** What a device needs to take part in a session. */
export interface JoinedSession {
  readonly state: 'requested' | 'active';
  readonly pubSubGroupId: string;
  readonly pubSubSharerAccessUri: string;
  readonly sessionExpirationDateTime: string;
  readonly isChatBlocked: boolean;
  /** Helpers' connections that are in, with the keys of the pair that each is with this device's latest one. */
  readonly connections: readonly { readonly connectionId: string; readonly key: string; readonly iv: string }[];
}

/** What a device asks of its server while it is on; tests put in one of their own. */
export type SessionServer = Pick<
  DeviceServer,
  'local' | 'standingUri' | 'join' | 'accept' | 'decline' | 'narrow' | 'openRelay' | 'stop'
>;

/** A token is not used any more so long before it expires. */
const LEEWAY_MS = 60_000;
const NOTICEABLE_MS = 3_000;

export class DeviceServer {
  readonly #options: Required<DeviceServerOptions>;
  #signIn: Promise<DeviceSignIn> | undefined;
  #aheadMs = 0;

  constructor({ client, fetch = globalThis.fetch, clock = systemClock }: DeviceServerOptions) {
    this.#options = { client, fetch, clock };
  }

  /** An instant of the server, by this machine's clock. */
  local(instant: Instant): Instant {
    return instant - this.#aheadMs;
  }

  /** The address of the connection on which the device hears of sessions. @throws DeviceError */
  async standingUri(): Promise<string> {
    return this.#socketAt((await this.#call('connect', {})).pubSubAccessUri);
  }

  /** @throws DeviceError `gone` when the session is over */
  async join(sessionKey: string): Promise<JoinedSession> {
    const joined = (await this.#call('join', { sessionKey })) as unknown as JoinedSession;
    return { ...joined, pubSubSharerAccessUri: await this.#socketAt(joined.pubSubSharerAccessUri) };
  }

  /** @param promptId which question, where it is not that for the session itself */
  async accept(sessionKey: string, grants: SessionGrants, promptId?: string): Promise<void> {
    await this.#call('accept', { sessionKey, grants, promptId });
  }

  async decline(sessionKey: string, isReported: boolean, promptId?: string): Promise<void> {
    await this.#call('decline', { sessionKey, isReported, promptId });
  }

  /** @param grants what helpers keep at most; the server adds nothing to what they had */
  async narrow(sessionKey: string, grants: SessionGrants): Promise<void> {
    await this.#call('narrow', { sessionKey, grants });
  }

  /**
   * What this device's end of a relay is opened with.
   * @throws DeviceError `gone` when the session is over or the relay is nobody's any more
   */
  async openRelay(sessionKey: string, relayId: string): Promise<RelayOffer> {
    const offer = offerIn(await this.#call('relay', { sessionKey, relayId }));
    return { ...offer, relayUri: await this.#socketAt(offer.relayUri) };
  }

  async stop(sessionKey: string): Promise<void> {
    await this.#call('stop', { sessionKey });
  }

  /** Has the server forget this device's key. */
  async leave(): Promise<void> {
    await this.#call('leave', {});
  }

  async #socketAt(uri: unknown): Promise<string> {
    return secureSocket(uri, (await this.#signedIn()).routes);
  }

  async #call(route: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    let response = await this.#ask(route, body);
    if (response.status === 401) {
      // Keys were changed, or the token was withdrawn: the next sign-in tells which.
      this.#signIn = undefined;
      response = await this.#ask(route, body);
    }
    if (response.status === 204) return {};
    const answer = (await bodyOf(response)) as { error?: { message?: string } };
    if (response.status === 200) return answer as Readonly<Record<string, unknown>>;
    const message = answer.error?.message;
    if (response.status === 404) throw new DeviceError('gone', message ?? 'The session is over.');
    throw refusalOf(response, message);
  }

  async #ask(route: string, body: object): Promise<Response> {
    const { fetch, clock } = this.#options;
    const { routes, accessToken } = await this.#signedIn();
    const headers = { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' };
    const response = await post(fetch, new URL(route, routes), { headers, body: JSON.stringify(body) });
    const serverNow = readHttpDate(response.headers.get('date'));
    if (serverNow !== undefined) this.#aheadMs = aheadMs(serverNow, clock.now());
    return response;
  }

  async #signedIn(): Promise<DeviceSignIn> {
    const { client, clock } = this.#options;
    const former = this.#signIn;
    if (former) {
      const signedIn = await former.catch(() => undefined);
      if (signedIn && signedIn.expiresAt - LEEWAY_MS > clock.now()) return signedIn;
      // Another call has begun anew meanwhile.
      if (this.#signIn !== former) return this.#signedIn();
    }
    this.#signIn = client.signIn();
    return this.#signIn;
  }
}

/** `Date` headers tell whole seconds, of a moment ago: clocks that differ by less agree, as far as can be told. */
function aheadMs(serverNow: Instant, now: Instant): number {
  const ahead = serverNow - now;
  return Math.abs(ahead) < NOTICEABLE_MS ? 0 : ahead;
}

function offerIn(answer: object): RelayOffer {
  try {
    return readRelayOffer(answer);
  } catch (cause) {
    if (!(cause instanceof EventRefusal)) throw cause;
    throw new DeviceError('untrusted', 'The answer about a relay lacks something.', { cause });
  }
}
