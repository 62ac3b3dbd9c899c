/** `remote-help session watch`: a helper's end of a session in a terminal, without a picture. */
import { randomUUID } from 'node:crypto';
import { durationText, foreign, LiveTerminal, plain, type Styler, styled } from '@open-remote-help/agent/terminal';
import {
  type ControlEvent,
  decodeControlEvent,
  EventRefusal,
  NOTHING_ALLOWED,
  PairLinks,
  webCryptoPort,
} from '@open-remote-help/protocol/events';
import { HubConnection, type HubMessage, webSocketPort } from '@open-remote-help/protocol/realtime';
import { type Instant, systemClock } from '../clock.ts';
import { type Entity, type ServiceClient, ServiceError } from './service-client.ts';
import { operationPath, SESSIONS } from './session-lookup.ts';
import { endText, eventLines, instantOf, leftText } from './session-words.ts';

const SECOND = 1_000;
const LOOK_EVERY_MS = 2 * SECOND;

/** Where a person watches. */
export interface WatchStreams {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
}

/** Watches until the session ends, or Ctrl+C. @throws ServiceError */
export async function watchSession(client: ServiceClient, session: Entity, streams: WatchStreams): Promise<void> {
  const isInteractive = streams.input.isTTY === true && streams.output.isTTY === true;
  const watch = new Watch(client, session, isInteractive ? styled : plain);
  const leave = () => watch.leave();
  const terminal = new LiveTerminal({
    ...{ ...streams, isInteractive },
    onLine: (line) => watch.typed(line),
    onInterrupt: leave,
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
  try {
    await watch.run(terminal);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, leave);
    terminal.close();
  }
}

class Watch {
  readonly #client: ServiceClient;
  readonly #style: Styler;
  readonly #over = Promise.withResolvers<void>();
  readonly #connection: HubConnection;
  readonly #links: PairLinks;
  #terminal: LiveTerminal | undefined;
  #session: Entity;
  #groupId = '';
  #connectionId = '';
  #expiresAt: Instant;
  #allowance = NOTHING_ALLOWED;
  #isIn = false;
  #isOver = false;
  #cancelTick: () => void = () => undefined;

  constructor(client: ServiceClient, session: Entity, style: Styler) {
    this.#client = client;
    this.#session = session;
    this.#style = style;
    this.#expiresAt = instantOf(session.sessionExpirationDateTime) ?? 0;
    this.#links = this.#newLinks();
    this.#connection = new HubConnection({
      openSocket: webSocketPort(globalThis.WebSocket),
      timers: systemClock,
      accessUri: () => this.#accessUri(),
      mayRetry: (error) => error instanceof ServiceError && error.isPassing,
      listener: {
        connected: (connectionId) => {
          this.#links.connectedAs(connectionId);
          this.#connectionId = connectionId;
          this.#attempt(this.#askIn());
        },
        message: (message) => this.#hear(message),
        interrupted: () => this.#print(this.#style('yellow', 'The connection is broken; trying again.')),
        gone: (error) => this.#attempt(this.#gone(error)),
      },
    });
  }

  async run(terminal: LiveTerminal): Promise<void> {
    this.#terminal = terminal;
    if (this.#session.state === 'ended') return this.#print(`The session is over: ${endText(this.#session)}.`);
    this.#print(`Watching the session on ${this.#device()}. Ctrl+C leaves; the session goes on.`);
    this.#tick();
    this.#connection.start();
    await this.#over.promise.finally(() => this.#close());
  }

  /** A line was typed: it is chat. */
  typed(line: string): void {
    const text = foreign(line);
    if (text !== '') this.#attempt(this.#say(text));
  }

  leave(): void {
    const wasIn = this.#isIn;
    this.#close();
    this.#print(wasIn ? 'Left. Without a helper connected the session ends in a minute.' : 'Left.');
    this.#over.resolve();
  }

  #newLinks(): PairLinks {
    return new PairLinks({
      crypto: webCryptoPort(globalThis.crypto),
      end: { party: 'helper' },
      keysOf: async () => {
        const access = await this.#requestAccess();
        return { key: access.pubSubEncryptionKey, iv: access.pubSubEncryption };
      },
      transmit: (frame) => this.#connection.sendToGroup(this.#groupId, frame),
      listener: {
        opened: (_, assurance) => {
          if (assurance.kind !== 'endToEnd') return;
          const digits = `${assurance.digits.slice(0, 3)} ${assurance.digits.slice(3)}`;
          const mean = `Both sides see ${this.#style('bold', digits)}, unless somebody reads along.`;
          this.#print(`Chat with ${this.#device()} is sealed. ${mean} Type to chat.`);
        },
        event: (_, event) => {
          if (event.event === 'chat') this.#print(`${this.#style('bold', this.#device())}: ${foreign(event.text)}`);
        },
        refused: (error) => {
          const isOthers = error instanceof EventRefusal && error.reason !== 'notProven';
          if (!isOthers && !this.#isOver) this.#print(`Chat could not be sealed: ${messageOf(error)}`);
        },
      },
    });
  }

  async #accessUri(): Promise<string> {
    const key = encodeURIComponent(this.#session.sessionKey);
    const path = operationPath(this.#session, `retrieveRemoteHelpSession(sessionKey='${key}')`);
    const retrieved = await this.#client.get(path);
    this.#groupId = retrieved.pubSubGroupId;
    this.#expiresAt = instantOf(retrieved.sessionExpirationDateTime) ?? this.#expiresAt;
    return retrieved.pubSubHelperAccessUri;
  }

  #requestAccess(): Promise<Entity> {
    const { sessionKey } = this.#session;
    const body = { sessionKey, pubSubConnectionId: this.#connectionId };
    return this.#client.post(operationPath(this.#session, 'requestRemoteHelpSessionAccess'), body);
  }

  async #askIn(): Promise<void> {
    try {
      await this.#requestAccess();
    } catch (error) {
      // The connection broke meanwhile: the next one asks anew.
      if (!this.#connection.isOpen) return;
      if (!(error instanceof ServiceError) || error.code !== 'consentPending') throw error;
      if (!this.#isIn) this.#print('The device has been asked; its answer comes here.');
      return;
    }
    if (!this.#isIn) this.#print(this.#style('green', 'You are in.'));
    this.#isIn = true;
    this.#draw();
    await this.#look();
    if (this.#session.grants) this.#allow({ grants: this.#session.grants });
  }

  #hear({ from, data }: HubMessage): void {
    if (from === 'group') {
      this.#attempt(this.#links.receive(data));
      return;
    }
    try {
      const event = decodeControlEvent(data);
      if (event.event !== 'unknown' && event.sessionKey === this.#session.sessionKey) this.#told(event);
    } catch (error) {
      if (!(error instanceof EventRefusal)) throw error;
      this.#print(`The server said what cannot be understood: ${error.message}`);
    }
  }

  #told(event: ControlEvent): void {
    if (event.event === 'presence' && event.party === 'helper') this.#attempt(this.#helperIs(event));
    else this.#show(event);
    if (event.event === 'paired') this.#links.paired(event);
    if (event.event === 'granted') this.#allow({ grants: event.grants });
    if (event.event === 'policy') this.#allow({ blockChat: event.blockChat });
    if (event.event === 'leaseRenewed') this.#expiresAt = instantOf(event.expiresAt) ?? this.#expiresAt;
    if (event.event === 'ended') this.#over.resolve();
    if (event.event !== 'consent') return;
    if (event.decision === 'granted') this.#attempt(this.#askIn());
    else if (event.kind === 'access') this.#over.resolve();
  }

  async #helperIs(event: Extract<ControlEvent, { event: 'presence' }>): Promise<void> {
    // Before it is in, this end hears of nobody's coming but its own.
    if (!this.#isIn) return;
    if (this.#nameOf(event.userId) === '') await this.#look();
    this.#show(event);
  }

  #show(event: ControlEvent): void {
    const nameOf = (userId: string) => this.#nameOf(userId);
    this.#print(...eventLines(event, this.#client.now(), nameOf, this.#style));
  }

  async #say(text: string): Promise<void> {
    try {
      const reached = await this.#links.send({ event: 'chat', id: randomUUID(), text });
      this.#print(reached > 0 ? `${this.#style('bold', 'you')}: ${text}` : 'The device cannot read chat yet.');
    } catch (error) {
      if (!(error instanceof EventRefusal)) throw error;
      this.#print(error.reason === 'blocked' ? 'Chat is switched off.' : `Not sent: ${error.message}`);
    }
  }

  /** No way in: it is over, or watched from outside by who may not take part. */
  async #gone(error: unknown): Promise<void> {
    if (!(error instanceof ServiceError) || (error.status !== 403 && error.status !== 404)) throw error;
    await this.#look();
    if (this.#session.state !== 'ended') {
      if (error.status === 404) throw error;
      this.#print('This token may not take part in the session: watching from outside.');
      await this.#lookOn();
    }
    this.#print(this.#style('bold', `The session is over: ${endText(this.#session)}.`));
    this.#over.resolve();
  }

  async #lookOn(): Promise<void> {
    while (this.#session.state !== 'ended' && !this.#isOver) {
      const { state, sessionExpirationDateTime: expiry } = this.#session;
      await new Promise<void>((resolve) => void systemClock.at(systemClock.now() + LOOK_EVERY_MS, resolve));
      await this.#look();
      if (this.#session.state === 'active' && state === 'requested') this.#print('The device said yes.');
      if (this.#session.sessionExpirationDateTime !== expiry) this.#print(`Now ${this.#left()} left.`);
    }
  }

  async #look(): Promise<void> {
    this.#session = await this.#client.get(`${SESSIONS}/${encodeURIComponent(this.#session.id)}`);
    this.#expiresAt = instantOf(this.#session.sessionExpirationDateTime) ?? this.#expiresAt;
  }

  #allow(part: Partial<typeof NOTHING_ALLOWED>): void {
    this.#allowance = { ...this.#allowance, ...part };
    this.#links.allow(this.#allowance);
  }

  #nameOf(userId: string): string {
    const helpers = (this.#session.helpers ?? []) as Entity[];
    return String(helpers.find((each) => each.userId === userId)?.displayName ?? '');
  }

  #device(): string {
    return foreign(this.#session.deviceName, 'the device');
  }

  /** What fails here is worth a word, and ends the watching unless it passes. */
  #attempt(work: Promise<void>): void {
    work.catch((error: unknown) => {
      if (this.#isOver) return;
      if (error instanceof ServiceError && error.isPassing) this.#print(error.message);
      else this.#over.reject(error);
    });
  }

  #left(): string {
    const { state } = this.#session;
    return this.#isIn || state === 'active'
      ? durationText(this.#expiresAt - this.#client.now())
      : leftText(this.#session, this.#client.reckoning);
  }

  #tick(): void {
    if (this.#isOver) return;
    this.#draw();
    this.#cancelTick = systemClock.at(systemClock.now() + SECOND, () => this.#tick());
  }

  #draw(): void {
    const who = this.#isIn ? this.#style('green', '●') : this.#style('dim', '○');
    this.#terminal?.status(`${who} ${this.#device()}, ${this.#left()}${this.#isIn ? ' left' : ''} > `);
  }

  #print(...lines: string[]): void {
    if (lines.length > 0) this.#terminal?.print(...lines);
  }

  #close(): void {
    this.#isOver = true;
    this.#cancelTick();
    this.#links.close();
    this.#connection.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? foreign(error.message) : 'for a reason unknown';
}
