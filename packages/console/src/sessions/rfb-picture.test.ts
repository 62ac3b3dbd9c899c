/** noVNC itself, as far as it runs without a screen: what is used of it and not promised by its API fails here first. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AttachedPicture } from './picture.ts';
import { RelayChannel } from './relay-channel.ts';
import { rfbSource } from './rfb-picture.ts';

const WIDTH = 2;
const HEIGHT = 1;
const [SHIFT, LETTER_A] = [0xffe1, 0x61];
const text = (line: string) => [...new TextEncoder().encode(line)];
const u16 = (value: number) => [value >> 8, value & 0xff];
/** ServerInit (RFC 6143, 7.3.2): 32 bits a pixel, no name. */
const SERVER_INIT = [
  ...[...u16(WIDTH), ...u16(HEIGHT)],
  ...[32, 24, 0, 1, ...u16(255), ...u16(255), ...u16(255), 16, 8, 0, 0, 0, 0],
  ...[0, 0, 0, 0],
];
/** FramebufferUpdate (7.6.1) with one rectangle of the whole screen, raw. */
const UPDATE = [
  ...[0, 0, ...u16(1), 0, 0, 0, 0, ...u16(WIDTH), ...u16(HEIGHT), 0, 0, 0, 0],
  ...new Array<number>(WIDTH * HEIGHT * 4).fill(7),
];

let sent: number[];
let drawn: number;
let closes: number;
let channel: RelayChannel;
let shown: string[];
let target: HTMLElement;
let picture: AttachedPicture;
beforeEach(async () => {
  [sent, drawn, closes, shown] = [[], 0, 0, []];
  // What a canvas draws is of no interest here, but that it does.
  vi.stubGlobal('isSecureContext', true);
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockImplementation(function (this: HTMLCanvasElement) {
    const nothing = () => undefined;
    const known = contexts.get(this) ?? {
      ...{ drawImage: nothing, putImageData: nothing, getImageData: nothing, fillRect: nothing, clearRect: nothing },
    };
    contexts.set(this, known);
    return known as never;
  });
  vi.stubGlobal('ImageData', class {});
  channel = new RelayChannel({
    write: async (data) => void sent.push(...data),
    drawn: (bytes) => {
      drawn += bytes;
    },
    ping: async () => 0,
    close: () => {
      closes += 1;
    },
  });
  target = document.body.appendChild(document.createElement('div'));
  picture = rfbSource(channel).attach(target, { shown: (width, height) => shown.push(`${width} ${height}`) });
  for (const part of [text('RFB 003.008\n'), [1, 1], [0, 0, 0, 0], SERVER_INIT]) await arrives(part);
});
afterEach(() => {
  picture.detach();
  document.body.replaceChildren();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const contexts = new WeakMap<HTMLCanvasElement, object>();

async function arrives(bytes: readonly number[]): Promise<void> {
  channel.push(Uint8Array.from(bytes));
  await new Promise<void>((resolve) => setImmediate(resolve));
}

describe('a picture of noVNC', () => {
  it('is shown with its first frame, counted, and gives credit back for what it drew', async () => {
    expect([shown, picture.measure().frames]).toEqual([[], 0]);
    await arrives(UPDATE);
    expect(shown).toEqual([`${WIDTH} ${HEIGHT}`]);
    const { frames, bytes } = picture.measure();
    expect([frames, bytes]).toEqual([1, UPDATE.length]);
    expect(drawn).toBe(channel.received);
    expect(picture.measure()).toEqual({ frames: 0, bytes: 0 });
  });

  it('sends keys only while it takes input, and lets go of those that are down when it no longer does', async () => {
    const canvas = target.querySelector('canvas');
    const before = sent.length;
    const press = (type: string) => canvas?.dispatchEvent(new KeyboardEvent(type, { code: 'KeyA', key: 'a' }));
    press('keydown');
    picture.press([{ keysym: SHIFT, code: 'ShiftLeft' }]);
    expect(sent.length).toBe(before);

    picture.takesInput(true);
    picture.press([{ keysym: SHIFT, code: 'ShiftLeft' }]);
    expect(sent.splice(before)).toEqual([...keyEvent(SHIFT, 1), ...keyEvent(SHIFT, 0)]);
    press('keydown');
    picture.takesInput(false);
    expect(sent.splice(before)).toEqual([...keyEvent(LETTER_A, 1), ...keyEvent(LETTER_A, 0)]);
    press('keydown');
    expect(sent.length).toBe(before);
  });

  it('ends its relay when it is detached, and when it cannot read what comes', async () => {
    vi.spyOn(console, 'error').mockReturnValue();
    await arrives([99]);
    expect([closes, target.querySelector('canvas')]).toEqual([1, null]);
    picture.detach();
    expect(closes).toBe(1);
  });
});

/** KeyEvent (RFC 6143, 7.5.4). */
function keyEvent(keysym: number, down: number): number[] {
  return [4, down, 0, 0, 0, 0, ...u16(keysym)];
}
