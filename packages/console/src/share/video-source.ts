/** One stretch of a picture that comes over WebRTC, as the page of the session shows it. */
import type { Timers } from '@open-remote-help/protocol/realtime';
import type { Cancel } from '../clock.ts';
import type { AttachedPicture, PictureListener, PictureScale, PictureSource } from '../sessions/picture.ts';

const LOOK_EVERY_MS = 1_000;

/** What the browser's statistics say of one video (W3C WebRTC Statistics). */
export interface VideoFigures {
  readonly frames: number;
  readonly bytes: number;
  /** In milliseconds; undefined before the first answer. */
  readonly roundTripMs: number | undefined;
  readonly isRelayed: boolean;
}

/** A video of a connection between browsers. */
export class VideoSource implements PictureSource {
  readonly #stream: MediaStream;
  readonly #connection: Pick<RTCPeerConnection, 'getStats'>;
  readonly #timers: Timers;

  constructor(stream: MediaStream, connection: Pick<RTCPeerConnection, 'getStats'>, timers: Timers) {
    this.#stream = stream;
    this.#connection = connection;
    this.#timers = timers;
  }

  attach(target: HTMLElement, listener: PictureListener): AttachedPicture {
    return new AttachedVideo(target, this.#stream, this.#connection, this.#timers, listener);
  }
}

class AttachedVideo implements AttachedPicture {
  /** A page can't be controlled, and how good its picture is decides the browser. */
  readonly can = { input: false, quality: false };
  readonly #target: HTMLElement;
  readonly #video: HTMLVideoElement;
  readonly #connection: Pick<RTCPeerConnection, 'getStats'>;
  readonly #timers: Timers;
  #figures: VideoFigures = { frames: 0, bytes: 0, roundTripMs: undefined, isRelayed: false };
  #measured = { frames: 0, bytes: 0 };
  #isDetached = false;
  #cancelLook: Cancel = () => undefined;

  constructor(
    target: HTMLElement,
    stream: MediaStream,
    connection: Pick<RTCPeerConnection, 'getStats'>,
    timers: Timers,
    listener: PictureListener,
  ) {
    this.#target = target;
    this.#connection = connection;
    this.#timers = timers;
    const video = document.createElement('video');
    video.muted = true;
    video.autoplay = true;
    video.playsInline = true;
    video.disablePictureInPicture = true;
    video.tabIndex = -1;
    video.srcObject = stream;
    this.#video = video;
    const shown = () => {
      if (video.videoWidth > 0) listener.shown(video.videoWidth, video.videoHeight);
      this.#place();
    };
    video.addEventListener('loadeddata', shown);
    video.addEventListener('resize', shown);
    target.append(video);
    this.scale('fit');
    // A browser that wants a click first shows the first frame all the same.
    video.play().catch(() => undefined);
    this.#look();
  }

  #scaling: PictureScale = 'fit';

  scale(how: PictureScale): void {
    this.#scaling = how;
    this.#place();
  }

  takesInput(): void {
    // `can` says that there is none.
  }

  quality(): void {
    // As above.
  }

  press(): void {
    // As above.
  }

  letGo(): void {
    // As above.
  }

  focus(): void {
    this.#target.focus();
  }

  measure(): { readonly frames: number; readonly bytes: number } {
    const { frames, bytes } = this.#figures;
    const since = { frames: frames - this.#measured.frames, bytes: bytes - this.#measured.bytes };
    this.#measured = { frames, bytes };
    return since;
  }

  async roundTrip(): Promise<number> {
    this.#figures = figuresIn(await this.#connection.getStats());
    const { roundTripMs } = this.#figures;
    if (this.#isDetached || roundTripMs === undefined) throw new Error('The picture tells no round trip.');
    return roundTripMs;
  }

  still(): HTMLCanvasElement | undefined {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (width === 0) return undefined;
    const canvas = document.createElement('canvas');
    canvas.width = width;
    canvas.height = height;
    canvas.getContext('2d')?.drawImage(this.#video, 0, 0);
    return canvas;
  }

  detach(): void {
    this.#isDetached = true;
    this.#cancelLook();
    this.#video.srcObject = null;
    this.#video.remove();
  }

  #place(): void {
    const { style, videoWidth, videoHeight } = this.#video;
    const isFit = this.#scaling === 'fit';
    this.#target.style.overflow = isFit ? 'hidden' : 'auto';
    style.display = 'block';
    style.objectFit = 'contain';
    style.width = isFit ? '100%' : `${videoWidth / devicePixelRatio}px`;
    style.height = isFit ? '100%' : `${videoHeight / devicePixelRatio}px`;
  }

  /** `measure` has to answer at once: what the browser counts is read beforehand. */
  #look(): void {
    this.#cancelLook = this.#timers.at(this.#timers.now() + LOOK_EVERY_MS, () => {
      void this.#connection.getStats().then((report) => {
        if (this.#isDetached) return;
        this.#figures = figuresIn(report);
        this.#look();
      });
    });
  }
}

/** What a report says of the video that comes in. */
export function figuresIn(report: RTCStatsReport): VideoFigures {
  const all = [...(report as unknown as Map<string, Stat>).values()];
  const video = all.find(({ type, kind }) => type === 'inbound-rtp' && kind === 'video');
  const transport = all.find(({ type }) => type === 'transport');
  const pairId = transport?.selectedCandidatePairId;
  const pair = all.find(({ type, id, nominated, state }) =>
    type === 'candidate-pair' && pairId === undefined ? nominated === true && state === 'succeeded' : id === pairId,
  );
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map((end) => all.find(({ id }) => id === end));
  const { currentRoundTripTime: seconds } = pair ?? {};
  return {
    frames: video?.framesDecoded ?? 0,
    bytes: video?.bytesReceived ?? 0,
    roundTripMs: seconds === undefined ? undefined : seconds * 1_000,
    isRelayed: ends.some((end) => end?.candidateType === 'relay'),
  };
}

/** Members of the statistics that are read here; each kind has some of them. */
interface Stat {
  readonly id: string;
  readonly type: string;
  readonly kind?: string;
  readonly framesDecoded?: number;
  readonly bytesReceived?: number;
  readonly selectedCandidatePairId?: string;
  readonly nominated?: boolean;
  readonly state?: string;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly currentRoundTripTime?: number;
  readonly candidateType?: string;
}
