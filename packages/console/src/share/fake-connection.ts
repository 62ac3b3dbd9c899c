/** For tests: a connection between browsers that says what was asked of it, and is what the test wants it to be. */

type Listener = (event: never) => void;

class Target {
  readonly #listeners = new Map<string, Listener[]>();

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  tell(type: string, event: object = {}): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }
}

export class FakeTrack extends Target {
  readonly kind: string;
  contentHint = '';
  isStopped = false;

  constructor(kind = 'video') {
    super();
    this.kind = kind;
  }

  stop(): void {
    this.isStopped = true;
  }

  get real(): MediaStreamTrack {
    return this as unknown as MediaStreamTrack;
  }
}

export class FakeChannel extends Target {
  readonly sent: string[] = [];
  readonly label: string;
  readyState = 'connecting';

  constructor(label: string) {
    super();
    this.label = label;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  open(): void {
    this.readyState = 'open';
    this.tell('open');
  }

  close(): void {
    this.readyState = 'closed';
  }
}

/** Tracks by what is sent now; null while nothing is. */
export class FakeSender {
  track: unknown;

  constructor(track: unknown) {
    this.track = track;
  }

  async replaceTrack(track: unknown): Promise<void> {
    this.track = track;
  }

  getParameters() {
    return { encodings: [{}] };
  }

  async setParameters(): Promise<void> {
    // Any browser may pass over them.
  }
}

export class FakeConnection extends Target {
  readonly configuration: RTCConfiguration;
  readonly configurations: RTCConfiguration[] = [];
  readonly candidates: RTCIceCandidateInit[] = [];
  readonly offers: RTCOfferOptions[] = [];
  readonly transceivers: { receiver: { track: FakeTrack }; direction: string; sender?: FakeSender }[] = [];
  readonly channels: FakeChannel[] = [];
  localDescription: { type: string; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  connectionState = 'new';
  isClosed = false;

  constructor(configuration: RTCConfiguration) {
    super();
    this.configuration = configuration;
  }

  get real(): RTCPeerConnection {
    return this as unknown as RTCPeerConnection;
  }

  get signalingState(): string {
    return this.localDescription?.type === 'offer' && !this.remoteDescription ? 'have-local-offer' : 'stable';
  }

  addTransceiver(track: unknown) {
    const transceiver = { receiver: { track: new FakeTrack() }, direction: 'sendonly', sender: new FakeSender(track) };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers() {
    return this.transceivers;
  }

  getReceivers() {
    return this.transceivers.map(({ receiver }) => receiver);
  }

  createDataChannel(label: string): FakeChannel {
    const channel = new FakeChannel(label);
    this.channels.push(channel);
    return channel;
  }

  async createOffer(options: RTCOfferOptions) {
    this.offers.push(options);
    return { type: 'offer', sdp: `offer ${this.offers.length}` };
  }

  async createAnswer() {
    return { type: 'answer', sdp: `answer to ${this.remoteDescription?.sdp}` };
  }

  async setLocalDescription(description: { type: string; sdp: string }): Promise<void> {
    this.localDescription = description;
    if (description.type === 'offer') this.remoteDescription = null;
  }

  async setRemoteDescription(description: { type: string; sdp: string }): Promise<void> {
    if (description.sdp === 'nonsense') throw new TypeError('No description.');
    this.remoteDescription = description;
  }

  async addIceCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    this.candidates.push(candidate);
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configurations.push(configuration);
  }

  async getStats() {
    return new Map();
  }

  become(connectionState: string): void {
    this.connectionState = connectionState;
    this.tell('connectionstatechange');
  }

  close(): void {
    this.isClosed = true;
  }
}

/** What stands in for a stream of tracks. */
export class FakeStream {
  readonly tracks: readonly unknown[];

  constructor(tracks: readonly unknown[]) {
    this.tracks = tracks;
  }
}
