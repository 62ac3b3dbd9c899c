/** One helper's picture, with a VNC server and a relay that are moved by hand. */
import { type Duplex, duplexPair } from 'node:stream';
import { webCryptoPort } from '@open-remote-help/protocol/events';
import { RELAY_CREDIT_BYTES, type RelayControl, RelayEnd, type RelayEndReason } from '@open-remote-help/protocol/relay';
import {
  bytes,
  filled,
  ManualClock,
  MemoryRelay,
  RFB_VERSION,
  RfbViewer,
  rfbClient,
  rfbServer,
  u32,
} from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HelperPicture } from './helper-picture.ts';
import { InputGate } from './input-gate.ts';
import { ScreenError, type ScreenSystem, type VncSource } from './screen-source.ts';

const KEYS = { toSharer: new Uint8Array(32).fill(1), toHelper: new Uint8Array(32).fill(2) };
const SCREEN = { id: 0, name: 'left', x: 0, y: 0, width: 8, height: 4, isPrimary: true };
const A = rfbClient.key(0x61, true);

let clock: ManualClock;
let gate: InputGate;
let mayView: boolean;
let opening: () => Promise<unknown>;
let relay: MemoryRelay;
let opened: (number | null)[];
let closedSources: number;
/** The far ends of connections to the VNC server, and what came there. */
let servers: { readonly end: Duplex; readonly heard: () => Uint8Array }[];
let log: string[];
/** What was told of whether the helper sees the desktop. */
let looks: boolean[];
let helper: RelayEnd;
let controls: RelayControl[];
let viewer: RfbViewer;
let ended: RelayEndReason | undefined;
let picture: HelperPicture;

beforeEach(() => {
  clock = new ManualClock();
  gate = new InputGate();
  gate.allow(true);
  gate.came('anna');
  [mayView, opening, closedSources, ended] = [true, async () => undefined, 0, undefined];
  [opened, servers, log, looks, controls] = [[], [], [], [], []];
  relay = new MemoryRelay();
  const crypto = webCryptoPort(globalThis.crypto);
  const shared = { crypto, keys: KEYS, openSocket: relay.openSocket, timers: clock };
  viewer = new RfbViewer((message) => void helper.write(Uint8Array.from(message)).catch(() => undefined));
  helper = new RelayEnd({
    ...shared,
    ...{ party: 'helper', offer: relay.offer('helper') },
    listener: {
      paired: () => undefined,
      data: (part) => {
        viewer.receive(part);
        helper.drawn(part.length);
      },
      control: (control) => controls.push(control),
      closed: (reason) => {
        ended = reason;
      },
    },
  });
  picture = new HelperPicture({
    ...{ ...shared, offer: relay.offer('sharer'), clock, gate, helper: 'anna', screens: system() },
    mayView: () => mayView,
    looking: (isLooking) => looks.push(isLooking),
    failed: (error) => log.push(String((error as Error).message)),
  });
  helper.start();
});
afterEach(async () => {
  helper.close();
  await picture.cut();
  expect(clock.pending).toBe(0);
});

function system(): ScreenSystem {
  const source: VncSource = {
    name: 'fake',
    connect: async () => {
      const [near, end] = duplexPair();
      const parts: Uint8Array[] = [];
      end.on('data', (part) => parts.push(part));
      end.on('end', () => end.end());
      end.on('error', () => undefined);
      servers.push({ end, heard: () => bytes(...parts) });
      return near;
    },
    close: async () => {
      closedSources += 1;
    },
  };
  return {
    screens: async () => [SCREEN],
    open: async (screen) => {
      opened.push(screen);
      await opening();
      return source;
    },
  };
}

/** The helper asks for the picture, and the VNC server answers the handshake. */
async function begin(): Promise<Duplex> {
  helper.control({ control: 'start', screen: 0 });
  await vi.waitFor(() => expect(servers).toHaveLength(1));
  const { end } = servers[0] as (typeof servers)[0];
  end.write(bytes(RFB_VERSION, 1, 1, u32(0), rfbServer.init(8, 4, 'desk')));
  await viewer.ready;
  return end;
}

const heardByServer = () => servers[0]?.heard() ?? bytes();
const closed = () => vi.waitFor(() => expect(ended).toBeDefined());

describe('the picture for a helper', () => {
  // SCR-2
  it('starts with the screen that he names, tells which there are, and then speaks RFB', async () => {
    const end = await begin();
    expect([opened, controls, looks]).toEqual([[0], [{ control: 'started', screens: [SCREEN], screen: 0 }], [true]]);
    end.write(rfbServer.update(rfbServer.rectangle(0, 0, 8, 4, 0, filled(128))));
    await viewer.until(() => viewer.updates === 1);
    expect(viewer.pixel(1, 0)).toEqual([...filled(128).subarray(4, 7)]);
  });

  // SCR-1
  it('is refused where seeing is not granted, before anything is started', async () => {
    mayView = false;
    helper.control({ control: 'start', screen: null });
    await closed();
    expect([opened, controls]).toEqual([[], [expect.objectContaining({ control: 'refused', why: 'notGranted' })]]);
  });

  // SCR-3
  it('is refused when seeing is taken back while it is started, and what was started is ended', async () => {
    const waiting = Promise.withResolvers<void>();
    opening = () => waiting.promise;
    helper.control({ control: 'start', screen: null });
    await vi.waitFor(() => expect(opened).toHaveLength(1));
    mayView = false;
    waiting.resolve();
    await closed();
    expect(controls).toEqual([expect.objectContaining({ control: 'refused', why: 'notGranted' })]);
    await picture.over;
    expect([closedSources, looks]).toEqual([1, []]);
  });

  // SCR-7
  it('is refused with the reason of the platform', async () => {
    opening = () => Promise.reject(new ScreenError('wayland', 'The desktop runs under Wayland.'));
    helper.control({ control: 'start', screen: null });
    await closed();
    expect(controls).toEqual([{ control: 'refused', why: 'wayland', text: 'The desktop runs under Wayland.' }]);
  });

  // SCR-7
  it('tells nothing of what failed that was not meant to be told', async () => {
    opening = () => Promise.reject(new Error('open /home/anna/secret: EACCES'));
    helper.control({ control: 'start', screen: null });
    await closed();
    expect(controls).toEqual([expect.objectContaining({ control: 'refused', why: 'other' })]);
    expect(JSON.stringify(controls)).not.toContain('anna');
  });

  // SCR-2
  it('is cut when the helper does not say which screen within ten seconds, or says it twice', async () => {
    await vi.waitFor(() => expect(clock.pending).toBeGreaterThan(2));
    clock.advanceBy(10_000);
    await closed();
    expect(opened).toEqual([]);
  });

  // SCR-2
  it('is cut when the helper starts twice', async () => {
    await begin();
    helper.control({ control: 'start', screen: null });
    await closed();
    expect(opened).toEqual([0]);
  });

  // SCR-3
  it('ends with everything that was started for it, and lets go of what is held', async () => {
    await begin();
    await helper.write(bytes(A, rfbClient.pointer(1, 2, 3)));
    await vi.waitFor(() => expect([...heardByServer()].slice(-6)).toEqual([...rfbClient.pointer(1, 2, 3)]));
    await picture.cut();
    const releases = bytes(rfbClient.key(0x61, false), rfbClient.pointer(0, 2, 3));
    expect(heardByServer().slice(-releases.length)).toEqual(releases);
    expect(closedSources).toBe(1);
    await closed();
    expect(ended).toBe('otherLeft');
  });

  // SCR-3
  it('ends when the VNC server does', async () => {
    const end = await begin();
    end.end();
    await closed();
    await picture.over;
    expect([closedSources, log.length, looks]).toEqual([1, 1, [true, false]]);
  });
});

describe('a helper who does not keep to RFB', () => {
  // SCR-9
  it.each([
    ['sends an unknown message', bytes(99)],
    ['sends endless lengths', bytes(6, 0, 0, 0, u32(0x7fffffff))],
    ['changes the pixel format', rfbClient.setPixelFormat()],
  ])('is cut when he %s', async (_, message) => {
    await begin();
    const before = heardByServer().length;
    await helper.write(Uint8Array.from(message));
    await closed();
    expect(heardByServer().length).toBeGreaterThanOrEqual(before);
    expect(log).toHaveLength(1);
  });

  // SCR-8
  it('reaches no VNC server whose handshake is not done', async () => {
    helper.control({ control: 'start', screen: 0 });
    await vi.waitFor(() => expect(servers).toHaveLength(1));
    await helper.write(bytes(RFB_VERSION, 1, 1, rfbClient.setPixelFormat(), A));
    await closed();
    expect(heardByServer()).not.toContain(0x61);
  });

  // SCR-2
  it('is cut when he begins before the picture does', async () => {
    await helper.write(bytes(RFB_VERSION));
    await closed();
    expect(opened).toEqual([]);
  });
});

describe('a VNC server that does not keep to RFB', () => {
  // SCR-14
  it.each([
    ['an unknown message', bytes(99)],
    ['a clipboard without end', bytes(3, 0, 0, 0, u32(0x7fffffff))],
    ['a rectangle outside', rfbServer.update(rfbServer.rectangle(9, 0, 1, 1, 0, filled(4)))],
  ])('is cut for %s', async (_, message) => {
    (await begin()).write(message);
    await closed();
    expect(closedSources).toBe(1);
  });

  // SCR-2
  it('is cut when it does not answer', async () => {
    helper.control({ control: 'start', screen: 0 });
    await vi.waitFor(() => expect(looks).toEqual([true]));
    clock.advanceBy(10_000);
    await closed();
    expect(log.at(-1)).toBe('The VNC server does not answer.');
  });

  // SCR-15
  it('tells the helper of no clipboard and rings no bell', async () => {
    const end = await begin();
    end.write(
      bytes(rfbServer.cutText('secret'), rfbServer.bell(), rfbServer.extendedCutText(filled(9)), rfbServer.update()),
    );
    await viewer.until(() => viewer.updates === 1);
    expect(ended).toBeUndefined();
  });
});

describe('input', () => {
  // SCR-17
  it('is frozen and thawed, and the helper is told', async () => {
    await begin();
    await helper.write(A);
    await vi.waitFor(() => expect(heardByServer().slice(-8)).toEqual(A));
    const thaw = gate.freeze('prompt');
    await helper.write(bytes(rfbClient.key(0x62, true)));
    await helper.ping();
    await vi.waitFor(() => expect(controls.at(-1)).toEqual({ control: 'frozen', isFrozen: true, cause: 'prompt' }));
    thaw();
    await vi.waitFor(() => expect(controls.at(-1)).toEqual({ control: 'frozen', isFrozen: false, cause: 'prompt' }));
    await helper.write(bytes(rfbClient.key(0x63, true)));
    const all = bytes(A, rfbClient.key(0x61, false), rfbClient.key(0x63, true));
    await vi.waitFor(() => expect(heardByServer().slice(-all.length)).toEqual(all));
  });

  // SCR-12
  it('of keys that a browser cannot type goes through the gate as well', async () => {
    await begin();
    gate.allow(false);
    helper.control({ control: 'specialKeys', keys: 'win' });
    await helper.ping();
    gate.allow(true);
    helper.control({ control: 'specialKeys', keys: 'ctrlAltDel' });
    const [control, alt, del] = [0xffe3, 0xffe9, 0xffff];
    const down = [control, alt, del].map((key) => rfbClient.key(key, true));
    const up = [del, alt, control].map((key) => rfbClient.key(key, false));
    await vi.waitFor(() => expect(heardByServer().slice(-48)).toEqual(bytes(...down, ...up)));
    expect(heardByServer().join()).not.toContain(rfbClient.key(0xffeb, true).join());
  });
});

// SCR-19
it('a helper who does not draw stops the VNC server, and fills no memory', async () => {
  const end = await begin();
  let drawn = 0;
  viewer.receive = () => undefined;
  helper.drawn = (count) => {
    drawn += count;
  };
  const jpeg = bytes(0x90, 0xff, 0xff, 0x03, new Uint8Array(65_535));
  const rectangle = rfbServer.update(rfbServer.rectangle(0, 0, 8, 4, 7, jpeg));
  const passed = () => relay.passed[0]?.reduce((sum, message) => sum + message.length, 0) ?? 0;
  for (let i = 0; i < 64; i++) end.write(rectangle);
  await vi.waitFor(() => expect(passed()).toBeGreaterThan(RELAY_CREDIT_BYTES - 64 * 1024));
  for (let i = 0; i < 10; i++) await helper.ping();
  expect(passed()).toBeLessThan(RELAY_CREDIT_BYTES + 16 * 1024);
  expect(end.writableLength).toBeGreaterThan(3 * 1024 * 1024);
  // What is drawn makes room for more.
  RelayEnd.prototype.drawn.call(helper, drawn);
  await vi.waitFor(() => expect(passed()).toBeGreaterThan(RELAY_CREDIT_BYTES + 256 * 1024));
});
