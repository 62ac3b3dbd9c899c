/** A session's desktop with real parts: an X display, a VNC server on it, a terminal there, and helpers who look and type. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PairedEvent, type PeerEvent, type SessionGrants, webCryptoPort } from '@open-remote-help/protocol/events';
import { type OpenBinarySocket, type RelayControl, RelayEnd } from '@open-remote-help/protocol/relay';
import { MemoryRelay, RfbViewer, startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { X11Clipboard } from '../src/clipboard/x11-clipboard.ts';
import { systemClock } from '../src/clock.ts';
import { DesktopSharer, type DialogRunner, findDesktop } from '../src/desktop/index.ts';
import { TITLE } from '../src/desktop/question-dialog.ts';
import { SessionDesktop } from '../src/screen/session-desktop.ts';
import { X11Screens } from '../src/screen/x11-screens.ts';
import { EVERYTHING, type Question, VIEW_ALONE } from '../src/sharer.ts';
import { XDisplay } from '../src/x11/x-display.ts';

const crypto = webCryptoPort(globalThis.crypto);
const KEYS = { toSharer: new Uint8Array(32).fill(1), toHelper: new Uint8Array(32).fill(2) };
const SHIFT = 0xffe1;
const [TAB, RETURN, ESCAPE, SPACE] = [0xff09, 0xff0d, 0xff1b, 0x20];

const OWN_REQUEST: Question = {
  ...{ kind: 'rights', sessionKey: 'rh_key', promptId: 'p1', helperSays: { reason: null, ticket: null } },
  helper: { userId: 'anna', name: 'Anna', mail: null, organization: 'Example Corp' },
  ...{ wants: EVERYTHING, until: systemClock.now() + 300_000, isUnattended: false },
};

let x: XDesktop;
let folder: string;
let desktop: SessionDesktop;
/** What each helper's connection was told. */
let told: Map<string, PeerEvent[]>;
let looks: string[];
let failures: string[];
let relays: Map<string, MemoryRelay>;
let helpers: RelayEnd[];

beforeAll(async () => {
  x = await startXDesktop();
});
afterAll(() => x.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rh-test-'));
  [told, relays, looks, failures, helpers] = [new Map(), new Map(), [], [], []];
  const openBinarySocket: OpenBinarySocket = (url, ...rest) =>
    relayOf(url.split('/').at(-1) ?? '').openSocket(url, ...rest);
  desktop = new SessionDesktop({
    ...{ crypto, clock: systemClock },
    systems: {
      screens: new X11Screens({ display: x.display, env: { ...x.env, XDG_RUNTIME_DIR: folder }, clock: systemClock }),
      clipboard: () => X11Clipboard.open(x.display, systemClock),
      openBinarySocket,
    },
    offerOf: async (relayId) => offerOf(relayId, 'sharer'),
    keysOf: async () => KEYS,
    sendTo: async (connectionId, event) => told.set(connectionId, [...(told.get(connectionId) ?? []), event]),
    failed: (what, error) => failures.push(`${what}: ${(error as Error).message}`),
    looking: ({ name }, isLooking) => looks.push(`${name} ${isLooking}`),
  });
});
afterEach(async () => {
  for (const helper of helpers) helper.close();
  await desktop.close();
  rmSync(folder, { recursive: true });
});

function relayOf(relayId: string): MemoryRelay {
  const relay = relays.get(relayId) ?? new MemoryRelay();
  relays.set(relayId, relay);
  return relay;
}

const offerOf = (relayId: string, grant: string) => ({
  ...{ relayId, relayUri: `wss://help.example/${relayId}` },
  relayGrant: relayOf(relayId).offer(grant).relayGrant,
});

const pairOf = (name: string, connection = name): PairedEvent => ({
  ...{ event: 'paired', sessionKey: 'rh_key', revision: 1, helperConnectionId: connection, sharerConnectionId: 'desk' },
  helper: { userId: name, name, mail: null, organization: 'Example Corp' },
});

let relayCount = 0;

/** A helper opens a relay, says start, and sees what he is shown. */
function look(connection: string) {
  relayCount += 1;
  const relayId = `r${relayCount}`;
  const controls: RelayControl[] = [];
  const closed = Promise.withResolvers<string>();
  const viewer = new RfbViewer((bytes) => void end.write(Uint8Array.from(bytes)).catch(() => undefined));
  const end: RelayEnd = new RelayEnd({
    ...{ party: 'helper', crypto, keys: KEYS, timers: systemClock },
    offer: offerOf(relayId, 'helper'),
    openSocket: relayOf(relayId).openSocket,
    listener: {
      paired: () => undefined,
      data: (bytes) => {
        viewer.receive(bytes);
        end.drawn(bytes.length);
      },
      control: (control) => controls.push(control),
      closed: closed.resolve,
    },
  });
  helpers.push(end);
  end.start();
  end.control({ control: 'start', screen: null });
  desktop.relayRequested({
    ...{ event: 'relayRequested', sessionKey: 'rh_key', revision: 1, relayId, helperConnectionId: connection },
  });
  return { relayId, viewer, controls, end, closed: closed.promise };
}

/** A terminal in which everything that is typed goes to a file. */
async function terminal() {
  const file = join(folder, 'typed');
  x.start('xterm', '-geometry', '80x30+0+0', '-e', 'sh', '-c', `stty -echo; cat > ${file}`);
  const typed = () => readFileSync(file, 'utf8');
  await vi.waitFor(typed, 10_000);
  return typed;
}

const seen = (viewer: RfbViewer) => viewer.ready.then(() => viewer.until(() => viewer.updates > 0));

/** Keys that are down on the display, as it says itself. */
async function keysDown(): Promise<number> {
  const display = await XDisplay.open(x.display);
  const keys = await display.ask<Buffer>((reply) => display.client.QueryKeymap(reply));
  display.close();
  return keys.reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}

const rightsOf = (connection: string) => told.get(connection)?.findLast(({ event }) => event === 'rights');

describe('a helper with control', () => {
  // SCR-1, SCR-12
  it('types on the screen, and what he typed is there; with view alone not a key gets through', async () => {
    desktop.opened(pairOf('Anna'));
    desktop.allow(VIEW_ALONE);
    const typed = await terminal();
    const { viewer, controls, end } = look('Anna');
    await seen(viewer);
    expect(controls[0]).toMatchObject({ control: 'started', screens: [{ width: 640, height: 480 }], screen: null });
    viewer.click(100, 100);
    viewer.type('not granted\n');
    await end.ping();
    desktop.allow(EVERYTHING);
    viewer.click(100, 100);
    viewer.type('Hello, World!\n');
    await vi.waitFor(() => expect(typed()).toBe('Hello, World!\n'), 10_000);
    expect([looks, failures]).toEqual([['Anna true'], []]);
  });

  // SCR-3, SCR-16
  it('loses the picture when seeing is taken back, and what he holds is let go of', async () => {
    desktop.opened(pairOf('Anna'));
    desktop.allow(EVERYTHING);
    const { viewer, closed } = look('Anna');
    await seen(viewer);
    viewer.key(SHIFT, true);
    await vi.waitFor(async () => expect(await keysDown()).toBe(1));
    desktop.allow({ ...EVERYTHING, view: false });
    expect(await closed).toBe('otherLeft');
    await vi.waitFor(async () => expect(await keysDown()).toBe(0));
    await vi.waitFor(() => expect(looks).toEqual(['Anna true', 'Anna false']));
    const { controls, closed: refused } = look('Anna');
    await refused;
    expect(controls).toEqual([expect.objectContaining({ control: 'refused', why: 'notGranted' })]);
  });

  // SCR-17
  it('cannot answer a question: what is sent while it is put is dropped', async () => {
    desktop.opened(pairOf('Anna'));
    desktop.allow(EVERYTHING);
    const typed = await terminal();
    const { viewer, controls, end } = look('Anna');
    await seen(viewer);
    viewer.click(100, 100);
    const thaw = desktop.freeze('prompt');
    viewer.type('yes\n');
    await vi.waitFor(() => expect(controls.at(-1)).toEqual({ control: 'frozen', isFrozen: true, cause: 'prompt' }));
    await end.ping();
    thaw();
    viewer.type('after\n');
    await vi.waitFor(() => expect(typed()).toBe('after\n'), 10_000);
  });

  // SCR-17, DEV-30
  it('cannot accept his own request: the dialog on the desktop hears nothing of his', async () => {
    desktop.opened(pairOf('Anna'));
    desktop.allow(EVERYTHING);
    const { viewer, end } = look('Anna');
    await seen(viewer);
    const dialogs = (await findDesktop(x.env)) as DialogRunner;
    const sharer = new DesktopSharer({ clock: systemClock, dialogs });
    const put = () => sharer.decide(OWN_REQUEST, new AbortController().signal);
    const onScreen = () => x.run('xdotool', 'search', '--sync', '--onlyvisible', '--name', `^${TITLE}$`);
    const press = (...keys: readonly number[]) => {
      for (const key of keys) for (const isDown of [true, false]) viewer.key(key, isDown);
    };

    // Without a window manager keys go to what is below the pointer: the dialog, in the middle of the screen.
    await x.run('xdotool', 'mousemove', '320', '240');
    const thaw = desktop.freeze('prompt');
    const decided = put();
    await onScreen();
    press(TAB, TAB, RETURN, SPACE, ESCAPE);
    for (let y = 20; y < 480; y += 20) for (let left = 20; left < 640; left += 40) viewer.click(left, y);
    await end.ping();
    expect(dialogs.open.size).toBe(1);
    // The person at the desktop: from where the focus was put, one button on, which is the report.
    await x.run('xdotool', 'key', 'Tab', 'Return');
    expect(await decided).toEqual({ kind: 'decline', isReported: true });

    thaw();
    const unguarded = put();
    await onScreen();
    press(TAB, RETURN);
    // So it is the freeze that kept him out, and nothing else.
    expect(await unguarded).toEqual({ kind: 'decline', isReported: true });
    sharer.close();
  });
});

describe('a second helper', () => {
  // SCR-18
  it('sees as well, and types once the input is handed to him', async () => {
    desktop.allow(EVERYTHING);
    desktop.opened(pairOf('Anna'));
    desktop.opened(pairOf('Ben'));
    const typed = await terminal();
    const [anna, ben] = [look('Anna'), look('Ben')];
    await Promise.all([seen(anna.viewer), seen(ben.viewer)]);
    expect(rightsOf('Ben')).toEqual({ event: 'rights', grants: EVERYTHING, holdsInput: false, inputHolder: 'Anna' });
    ben.viewer.click(100, 100);
    ben.viewer.type('not yet\n');
    await ben.end.ping();
    desktop.heard(pairOf('Ben'), { event: 'input', wants: true });
    desktop.heard(pairOf('Anna'), { event: 'input', wants: false });
    expect(rightsOf('Ben')).toMatchObject({ holdsInput: true, inputHolder: 'Ben' });
    expect(rightsOf('Anna')).toMatchObject({ holdsInput: false, inputHolder: 'Ben' });
    anna.viewer.type('not any more\n');
    await anna.end.ping();
    ben.viewer.click(100, 100);
    ben.viewer.type('Ben\n');
    await vi.waitFor(() => expect(typed()).toBe('Ben\n'), 10_000);
  });
});

describe('after a break', () => {
  // SCR-18
  it('of the helper alone, his pair and picture last, and the input is his again where nobody took it', async () => {
    desktop.allow(EVERYTHING);
    desktop.opened(pairOf('Anna'));
    const { viewer } = look('Anna');
    await seen(viewer);
    desktop.presence('Anna', false);
    expect(rightsOf('Anna')).toMatchObject({ holdsInput: false, inputHolder: null });
    desktop.presence('Anna', true);
    desktop.presence('nobody', true);
    expect(rightsOf('Anna')).toMatchObject({ holdsInput: true, inputHolder: 'Anna' });
    expect(looks).toEqual(['Anna true']);
  });

  // SCR-3
  it('a new relay begins anew, also one that is asked for before the pair is open', async () => {
    desktop.allow(EVERYTHING);
    desktop.opened(pairOf('Anna', 'first'));
    const before = look('first');
    await seen(before.viewer);
    relayOf(before.relayId).cut(1006);
    desktop.unpaired();
    await before.closed;
    const after = look('second');
    desktop.opened(pairOf('Anna', 'second'));
    await seen(after.viewer);
    expect(rightsOf('second')).toMatchObject({ holdsInput: true, inputHolder: 'Anna' });
  });

  // SCR-1
  it('a helper has one picture: another relay ends the one before', async () => {
    desktop.allow(EVERYTHING);
    desktop.opened(pairOf('Anna'));
    const first = look('Anna');
    await seen(first.viewer);
    const second = look('Anna');
    await seen(second.viewer);
    expect(await first.closed).toBe('otherLeft');
    expect(looks).toEqual(['Anna true', 'Anna false', 'Anna true']);
  });
});

describe('the clipboard', () => {
  const grants = (more: Partial<SessionGrants>): SessionGrants => ({ ...VIEW_ALONE, ...more });

  // SCR-23
  it('goes each way by its own grant, and does not come back', async () => {
    desktop.opened(pairOf('Anna'));
    const other = await X11Clipboard.open(x.display, systemClock);
    const texts = () => told.get('Anna')?.flatMap((event) => (event.event === 'clipboard' ? [event.text] : [])) ?? [];
    try {
      await other.write('before the grant');
      desktop.allow(grants({ clipboardToSharer: true }));
      desktop.heard(pairOf('Anna'), { event: 'clipboard', text: 'from Anna' });
      await vi.waitFor(async () => expect(await other.read()).toBe('from Anna'));
      desktop.allow(grants({ clipboardToHelper: true }));
      desktop.heard(pairOf('Anna'), { event: 'clipboard', text: 'not granted' });
      await vi.waitFor(async () => {
        await other.write('from the desktop');
        expect(texts()).toEqual(['from the desktop']);
      });
      expect(await other.read()).toBe('from the desktop');
    } finally {
      await other.close();
    }
  });
});
