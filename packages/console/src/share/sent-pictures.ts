/** The picture on its way to each connection of a helper. */
import type { IceServers } from '@open-remote-help/protocol';
import type { PeerEvent, PeerEventOf } from '@open-remote-help/protocol/events';
import type { Clock } from '../clock.ts';
import { OutgoingVideo } from './outgoing-video.ts';

export interface SentPicturesOptions {
  readonly clock: Clock;
  readonly newConnection: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly iceServers: () => Promise<IceServers>;
  /** To one helper's end. @returns whether it was sent */
  readonly send: (connectionId: string, event: PeerEvent) => Promise<boolean>;
  /** Whether the picture reaches that connection now. */
  readonly changed: (connectionId: string, isSeen: boolean) => void;
}

export class SentPictures {
  readonly #options: SentPicturesOptions;
  readonly #videos = new Map<string, OutgoingVideo>();

  constructor(options: SentPicturesOptions) {
    this.#options = options;
  }

  /** Sends it to a connection, in place of what was sent there before. */
  start(connectionId: string, track: MediaStreamTrack, isPaused: boolean): void {
    this.drop([connectionId]);
    const { clock, newConnection, iceServers, send, changed } = this.#options;
    const video = new OutgoingVideo({
      ...{ clock, newConnection, iceServers, track, isPaused },
      send: (event) => send(connectionId, event),
      changed: (isSeen) => changed(connectionId, isSeen),
    });
    this.#videos.set(connectionId, video);
    video.start().catch(() => changed(connectionId, false));
  }

  /** What a helper's end says of its picture; what makes no sense is that end's own loss. */
  hear(connectionId: string, event: PeerEventOf<'answer' | 'candidate'>): void {
    const video = this.#videos.get(connectionId);
    video?.hear(event).catch(() => this.#options.changed(connectionId, false));
  }

  async pause(isPaused: boolean): Promise<void> {
    await Promise.all([...this.#videos.values()].map((video) => video.pause(isPaused)));
  }

  /** With credentials that last as long as the lease does now. */
  refresh(): void {
    for (const video of this.#videos.values()) void video.refresh().catch(() => undefined);
  }

  drop(connectionIds: Iterable<string>): void {
    for (const connectionId of connectionIds) {
      this.#videos.get(connectionId)?.close();
      this.#videos.delete(connectionId);
    }
  }

  dropAll(): void {
    this.drop([...this.#videos.keys()]);
  }
}
