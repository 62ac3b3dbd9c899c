/**
 * The picture on its way from the sharer's page to one connection of a helper (SHR-19). The page offers; the helper's
 * end only answers. What is said goes through the sealed pair, so that the fingerprints in it are the helper's own.
 */
import type { IceServers } from '@open-remote-help/protocol';
import type { PeerEvent, PeerEventOf } from '@open-remote-help/protocol/events';
import type { Cancel, Clock } from '../clock.ts';
import { encodeNote, STATE_CHANNEL } from './peer-messages.ts';

export interface OutgoingVideoOptions {
  readonly clock: Clock;
  readonly track: MediaStreamTrack;
  readonly isPaused: boolean;
  readonly iceServers: () => Promise<IceServers>;
  /** To the helper's end. @returns whether it was sent */
  readonly send: (event: PeerEvent) => Promise<boolean>;
  readonly newConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
  /** Whether the picture reaches the helper's end now. */
  readonly changed: (isSeen: boolean) => void;
}

const MOST_RESTARTS = 5;
const RESTART_MS = 1_000;
/** Text stays sharp rather than smooth; a whole screen fits into that. */
const MOST_BITS_PER_SECOND = 6_000_000;

export class OutgoingVideo {
  readonly #options: OutgoingVideoOptions;
  #connection: RTCPeerConnection | undefined;
  #channel: RTCDataChannel | undefined;
  #sender: RTCRtpSender | undefined;
  #isPaused: boolean;
  #isClosed = false;
  #restarts = 0;
  #cancelRestart: Cancel = () => undefined;
  /** Candidates that came before the answer. */
  #early: RTCIceCandidateInit[] = [];

  constructor(options: OutgoingVideoOptions) {
    this.#options = options;
    this.#isPaused = options.isPaused;
  }

  /** Offers the picture. @throws PageError, EventRefusal when that cannot be said */
  async start(): Promise<void> {
    const { track, newConnection, iceServers } = this.#options;
    const { iceServers: servers } = await iceServers();
    if (this.#isClosed) return;
    const connection = newConnection({ iceServers: servers.map((server) => ({ ...server })) });
    this.#connection = connection;
    const stream = new MediaStream([track]);
    const transceiver = connection.addTransceiver(track, { direction: 'sendonly', streams: [stream] });
    this.#sender = transceiver.sender;
    this.#channel = connection.createDataChannel(STATE_CHANNEL, { ordered: true });
    this.#channel.addEventListener('open', () => this.#note());
    connection.addEventListener('icecandidate', ({ candidate }) => this.#sendCandidate(candidate));
    connection.addEventListener('connectionstatechange', () => this.#stateChanged(connection));
    if (this.#isPaused) await this.#sender.replaceTrack(null);
    await this.#offer(connection, {});
    await preferDetail(transceiver.sender);
  }

  /** An answer or a candidate of the helper's end. */
  async hear(event: PeerEventOf<'answer' | 'candidate'>): Promise<void> {
    const connection = this.#connection;
    if (!connection || this.#isClosed) return;
    if (event.event === 'answer') {
      if (connection.signalingState !== 'have-local-offer') return;
      await connection.setRemoteDescription({ type: 'answer', sdp: event.sdp });
      for (const candidate of this.#early.splice(0)) await connection.addIceCandidate(candidate);
      return;
    }
    const { candidate, sdpMid, sdpMLineIndex } = event;
    const init = { candidate, sdpMid, sdpMLineIndex };
    if (connection.remoteDescription) await connection.addIceCandidate(init);
    else this.#early.push(init);
  }

  /** While it is paused nothing of the picture leaves the page. */
  async pause(isPaused: boolean): Promise<void> {
    this.#isPaused = isPaused;
    await this.#sender?.replaceTrack(isPaused ? null : this.#options.track);
    this.#note();
  }

  /** Other credentials for the same servers: the lease was renewed. */
  async refresh(): Promise<void> {
    const { iceServers: servers } = await this.#options.iceServers();
    this.#connection?.setConfiguration({ iceServers: servers.map((server) => ({ ...server })) });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRestart();
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #offer(connection: RTCPeerConnection, options: RTCOfferOptions): Promise<void> {
    const offer = await connection.createOffer(options);
    await connection.setLocalDescription(offer);
    await this.#options.send({ event: 'offer', sdp: connection.localDescription?.sdp ?? '' });
  }

  #sendCandidate(candidate: RTCIceCandidate | null): void {
    if (this.#isClosed || !candidate) return;
    const { candidate: text, sdpMid, sdpMLineIndex } = candidate;
    // A candidate that is lost is one way less; an offer goes again when all are.
    this.#options
      .send({ event: 'candidate', candidate: text, sdpMid, sdpMLineIndex })
      .catch(() => this.#options.changed(false));
  }

  #stateChanged(connection: RTCPeerConnection): void {
    if (connection !== this.#connection) return;
    const { connectionState: state } = connection;
    this.#options.changed(state === 'connected');
    if (state === 'connected') this.#restarts = 0;
    if (state === 'failed') this.#restart(connection);
  }

  /** Looks for another way (RFC 8445, 9), a few times. */
  #restart(connection: RTCPeerConnection): void {
    const { clock } = this.#options;
    if (this.#restarts >= MOST_RESTARTS) return;
    this.#restarts += 1;
    this.#cancelRestart();
    this.#cancelRestart = clock.at(clock.now() + RESTART_MS * this.#restarts, () => {
      if (this.#isClosed || connection !== this.#connection) return;
      this.#offer(connection, { iceRestart: true }).catch(() => this.#options.changed(false));
    });
  }

  #note(): void {
    if (this.#channel?.readyState === 'open') this.#channel.send(encodeNote({ isPaused: this.#isPaused }));
  }
}

/** A browser that does not know these wishes passes over them. */
async function preferDetail(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters();
  parameters.degradationPreference = 'maintain-resolution';
  for (const encoding of parameters.encodings) encoding.maxBitrate = MOST_BITS_PER_SECOND;
  await sender.setParameters(parameters).catch(() => undefined);
}
