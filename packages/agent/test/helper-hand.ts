/** A helper's end of a session at a real service, moved by a test: connects, is let in, opens relays, looks and types. */
import {
  decodeControlEvent,
  PairLinks,
  type PeerEvent,
  type SessionGrants,
  webCryptoPort,
} from '@open-remote-help/protocol/events';
import { HubConnection, webSocketPort } from '@open-remote-help/protocol/realtime';
import { binarySocketPort, type RelayControl, RelayEnd, readRelayOffer } from '@open-remote-help/protocol/relay';
import { RfbViewer } from '@open-remote-help/testkit';
import { ask } from '../../server/test/cli/process.ts';
import { systemClock } from '../src/clock.ts';
import { EVERYTHING } from '../src/sharer.ts';

const crypto = webCryptoPort(globalThis.crypto);

interface Session {
  readonly id: string;
  readonly sessionKey: string;
  readonly deviceId: string;
}

export interface Look {
  readonly viewer: RfbViewer;
  readonly controls: RelayControl[];
  readonly closed: Promise<string>;
}

export class HelperHand {
  /** Peer events of the device. */
  readonly heard: PeerEvent[] = [];
  readonly #beta: string;
  readonly #token: string;
  readonly #session: Session;
  readonly #hub: HubConnection;
  readonly #links: PairLinks;
  #groupId = '';
  #connectionId = '';
  /** The device's connection of the latest pair that is open, and who waits for the next. */
  #paired = Promise.withResolvers<string>();
  #relay: RelayEnd | undefined;

  constructor(http: string, token: string, session: Session) {
    this.#beta = `${http}/beta`;
    this.#token = token;
    this.#session = session;
    this.#links = new PairLinks({
      crypto,
      end: { party: 'helper' },
      keysOf: () => this.#access(),
      transmit: (frame) => this.#hub.sendToGroup(this.#groupId, frame),
      listener: {
        opened: ({ sharerConnectionId }) => this.#paired.resolve(sharerConnectionId),
        event: (_, event) => event.event !== 'unknown' && this.heard.push(event),
        refused: () => undefined,
      },
    });
    this.#hub = new HubConnection({
      ...{ openSocket: webSocketPort(globalThis.WebSocket), timers: systemClock },
      accessUri: () => this.#accessUri(),
      mayRetry: () => true,
      listener: {
        connected: (connectionId) => {
          this.#connectionId = connectionId;
          this.#links.connectedAs(connectionId);
          void this.#access();
        },
        message: ({ from, data }) => {
          if (from === 'group') void this.#links.receive(data);
          else this.#told(decodeControlEvent(data));
        },
        interrupted: () => undefined,
        gone: () => undefined,
      },
    });
  }

  start(grants: SessionGrants = EVERYTHING): void {
    this.#links.allow({ grants, blockChat: false });
    this.#hub.start();
  }

  /** Settles when the next pair with the device is open. */
  pairOpened(): Promise<string> {
    return this.#paired.promise;
  }

  /** Forgets the pair there was: `pairOpened` waits for another. */
  expectPair(): void {
    this.#paired = Promise.withResolvers();
  }

  /** Opens a relay, and looks at the whole desktop. */
  async look(): Promise<Look> {
    const sharer = await this.pairOpened();
    const path = `/remoteHelp/sessions/${this.#session.id}/openRelay`;
    const offer = readRelayOffer(await this.#post(path, { pubSubConnectionId: this.#connectionId }));
    const keys = await this.#links.relayKeys(sharer, offer.relayId);
    if (!keys) throw new Error('The pair is over.');
    const controls: RelayControl[] = [];
    const closed = Promise.withResolvers<string>();
    const viewer = new RfbViewer((bytes) => void relay.write(Uint8Array.from(bytes)).catch(() => undefined));
    const relay: RelayEnd = new RelayEnd({
      ...{ party: 'helper', crypto, keys, offer, timers: systemClock },
      openSocket: binarySocketPort(globalThis.WebSocket),
      listener: {
        paired: () => relay.control({ control: 'start', screen: null }),
        data: (bytes) => {
          viewer.receive(bytes);
          relay.drawn(bytes.length);
        },
        control: (control) => controls.push(control),
        closed: closed.resolve,
      },
    });
    this.#relay = relay;
    relay.start();
    return { viewer, controls, closed: closed.promise };
  }

  send(event: PeerEvent): Promise<number> {
    return this.#links.send(event);
  }

  close(): void {
    this.#relay?.close();
    this.#links.close();
    this.#hub.close();
  }

  #told(event: ReturnType<typeof decodeControlEvent>): void {
    if (event.event === 'paired') this.#links.paired(event);
    if (event.event === 'consent' && event.decision === 'granted') void this.#access();
  }

  async #accessUri(): Promise<string> {
    const path = `${this.#operation}/retrieveRemoteHelpSession(sessionKey='${this.#session.sessionKey}')`;
    const { body } = await ask(this.#beta + path, this.#token);
    this.#groupId = body.pubSubGroupId;
    return body.pubSubHelperAccessUri;
  }

  async #access(): Promise<{ key: string; iv: string } | undefined> {
    const body = { sessionKey: this.#session.sessionKey, pubSubConnectionId: this.#connectionId };
    const answer = await this.#post(`${this.#operation}/requestRemoteHelpSessionAccess`, body).catch(() => undefined);
    return answer && { key: answer.pubSubEncryptionKey, iv: answer.pubSubEncryption };
  }

  get #operation(): string {
    return `/deviceManagement/managedDevices/${this.#session.deviceId}`;
  }

  async #post(path: string, body: object) {
    const answer = await ask(this.#beta + path, this.#token, { method: 'POST', body });
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }
}
