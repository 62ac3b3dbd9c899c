/**
 * What brings the picture of a sharer's page to its helper: the page offers a video, this end answers (SHR-19). Whatever
 * else is offered is not taken.
 */
import type { IceServers } from '@open-remote-help/protocol';
import type { PeerEvent, PeerEventOf } from '@open-remote-help/protocol/events';
import type { Cancel } from '../clock.ts';
import type { GraphClient } from '../graph/client.ts';
import type { LivePicture, PictureHost, PictureLine, PictureState } from '../sessions/picture.ts';
import { decodeNote, STATE_CHANNEL } from './peer-messages.ts';
import { figuresIn, VideoSource } from './video-source.ts';

export interface VideoLineOptions {
  /** @throws GraphError */
  readonly iceServers: () => Promise<IceServers>;
  readonly newConnection?: (configuration: RTCConfiguration) => RTCPeerConnection;
}

const OPENING: PictureState = { kind: 'opening' };
/** The page looks for another way by itself; that takes about so long. */
const AGAIN_MS = 5_000;

/** Servers by which a session's two browsers find each other. @throws GraphError */
export function iceServersOf(graph: Pick<GraphClient, 'post'>, { id }: { readonly id: string }): Promise<IceServers> {
  return graph.post(`remoteHelp/sessions/${encodeURIComponent(id)}/getIceServers`);
}

/** The line of `HelperEnd` for sessions whose device is a page in a browser. */
export class VideoLine implements PictureLine {
  readonly #host: PictureHost;
  readonly #options: VideoLineOptions;
  #connection: RTCPeerConnection | undefined;
  #state: PictureState = { kind: 'none' };
  #mayView = false;
  #early: RTCIceCandidateInit[] = [];
  #turn: Promise<unknown> = Promise.resolve();
  #cancelLook: Cancel = () => undefined;

  constructor(host: PictureHost, options: VideoLineOptions) {
    this.#host = host;
    this.#options = options;
  }

  pairOpened(): void {
    // Another connection of the page: it offers anew.
    this.#drop();
    this.#become(OPENING);
  }

  mayView(mayView: boolean): void {
    this.#mayView = mayView;
    if (!mayView) this.#drop();
    this.#become(mayView ? OPENING : { kind: 'none' });
  }

  hear(event: PeerEvent): void {
    if (event.event !== 'offer' && event.event !== 'candidate') return;
    // In the order in which they came: an offer takes its time.
    this.#turn = this.#turn
      .then(() => (event.event === 'offer' ? this.#answer(event) : this.#addCandidate(event)))
      .catch(() => this.#broke());
  }

  /** What is shared was chosen by the sharer, in the browser. */
  choose(): void {
    // There is but one.
  }

  /** The page offers again by itself. */
  again(): void {
    // Its next offer is heard.
  }

  pressSpecial(): boolean {
    return false;
  }

  close(): void {
    this.#mayView = false;
    this.#drop();
  }

  async #answer({ sdp }: PeerEventOf<'offer'>): Promise<void> {
    if (!this.#mayView) return;
    const connection = this.#connection ?? (await this.#open());
    if (!connection) return;
    await connection.setRemoteDescription({ type: 'offer', sdp });
    for (const transceiver of connection.getTransceivers()) {
      const isPicture = transceiver.receiver.track.kind === 'video';
      transceiver.direction = isPicture ? 'recvonly' : 'inactive';
    }
    for (const candidate of this.#early.splice(0)) await connection.addIceCandidate(candidate);
    await connection.setLocalDescription(await connection.createAnswer());
    if (connection !== this.#connection) return;
    await this.#host.send({ event: 'answer', sdp: connection.localDescription?.sdp ?? '' });
  }

  async #addCandidate({ candidate, sdpMid, sdpMLineIndex }: PeerEventOf<'candidate'>): Promise<void> {
    const init = { candidate, sdpMid, sdpMLineIndex };
    if (this.#connection?.remoteDescription) await this.#connection.addIceCandidate(init);
    else this.#early.push(init);
  }

  async #open(): Promise<RTCPeerConnection | undefined> {
    const { iceServers, newConnection = (configuration) => new RTCPeerConnection(configuration) } = this.#options;
    const { iceServers: servers } = await iceServers();
    if (!this.#mayView) return undefined;
    const connection = newConnection({ iceServers: servers.map((server) => ({ ...withoutNull(server) })) });
    this.#connection = connection;
    connection.addEventListener('icecandidate', ({ candidate }) => this.#sendCandidate(connection, candidate));
    connection.addEventListener('track', ({ track, streams }) => this.#track(connection, track, streams[0]));
    connection.addEventListener('datachannel', ({ channel }) => this.#channel(connection, channel));
    connection.addEventListener('connectionstatechange', () => this.#stateChanged(connection));
    return connection;
  }

  #sendCandidate(connection: RTCPeerConnection, candidate: RTCIceCandidate | null): void {
    if (!candidate || connection !== this.#connection) return;
    const { candidate: text, sdpMid, sdpMLineIndex } = candidate;
    // One way less; where none is left the page offers others.
    this.#host.send({ event: 'candidate', candidate: text, sdpMid, sdpMLineIndex }).catch(() => undefined);
  }

  #track(connection: RTCPeerConnection, track: MediaStreamTrack, stream = new MediaStream([track])): void {
    if (connection !== this.#connection || track.kind !== 'video') return;
    track.contentHint = 'detail';
    const source = new VideoSource(stream, connection, this.#host.timers);
    this.#become({ kind: 'live', source, screens: [], screen: null, way: 'direct', frozen: undefined });
    this.#look(connection);
  }

  #channel(connection: RTCPeerConnection, channel: RTCDataChannel): void {
    if (channel.label !== STATE_CHANNEL) {
      channel.close();
      return;
    }
    channel.addEventListener('message', ({ data }) => {
      const note = decodeNote(data);
      if (note && connection === this.#connection) this.#change({ frozen: note.isPaused ? 'paused' : undefined });
    });
  }

  #stateChanged(connection: RTCPeerConnection): void {
    if (connection !== this.#connection) return;
    const { connectionState: state } = connection;
    if (state === 'disconnected' || state === 'failed') this.#broke();
    if (state === 'connected') this.#restored(connection);
    if (state === 'closed') this.#drop();
  }

  /** Found again without another offer, or with one. */
  #restored(connection: RTCPeerConnection): void {
    if (this.#state.kind === 'live') return;
    const track = connection.getReceivers().find((receiver) => receiver.track.kind === 'video')?.track;
    if (track) this.#track(connection, track);
  }

  #broke(): void {
    const { timers } = this.#host;
    if (this.#mayView) this.#become({ kind: 'broken', againAt: timers.now() + AGAIN_MS });
  }

  /** Which way the picture takes is known once it flows, and may change. */
  #look(connection: RTCPeerConnection): void {
    const { timers } = this.#host;
    this.#cancelLook();
    this.#cancelLook = timers.at(timers.now() + 2_000, () => {
      void connection.getStats().then((report) => {
        if (connection !== this.#connection) return;
        this.#change({ way: figuresIn(report).isRelayed ? 'relayed' : 'direct' });
        this.#look(connection);
      });
    });
  }

  #change(changes: Partial<Pick<LivePicture, 'way' | 'frozen'>>): void {
    if (this.#state.kind !== 'live') return;
    const next = { ...this.#state, ...changes };
    if (next.way !== this.#state.way || next.frozen !== this.#state.frozen) this.#become(next);
  }

  #drop(): void {
    this.#cancelLook();
    const connection = this.#connection;
    this.#connection = undefined;
    this.#early = [];
    connection?.close();
  }

  #become(state: PictureState): void {
    this.#state = state;
    this.#host.changed(state);
  }
}

/** Graph writes what there is not as null; browsers want it left out. */
function withoutNull<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null)) as T;
}
