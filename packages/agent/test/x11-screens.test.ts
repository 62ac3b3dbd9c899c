/** VNC servers on a real X display: what they show, who reaches them, and when they are gone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytes, RFB_VERSION, RfbViewer, rfbClient, startXDesktop, type XDesktop } from '@open-remote-help/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../src/clock.ts';
import { InputGate } from '../src/screen/input-gate.ts';
import type { VncSource } from '../src/screen/screen-source.ts';
import { VncConnection } from '../src/screen/vnc-connection.ts';
import { vncProgramsOn } from '../src/screen/vnc-programs.ts';
import { X11Screens } from '../src/screen/x11-screens.ts';

const NOBODY = 65_534;
/** What the agent and a server without a name say before the first message. */
const HANDSHAKE_BYTES = 12 + 2 + 4 + 24;
/** As noVNC 1.7 asks for them, but for those that ask for answers: fences and continuous updates. */
const NO_VNC = [1, 7, -260, 16, 21, 5, 2, 6, 0, -26, -254, -223, -224, -258, -261, -308, -309, -307, 0xc0a1e5ce];
const NO_VNC_LAST = [-316, 0x574d5664, -239];
const PROGRAMS = vncProgramsOn(process.env.PATH ?? '');
const TIGER_VNC = PROGRAMS.find(({ kind }) => kind === 'unixSocket')?.name ?? 'X0tigervnc';
const X11_VNC = 'x11vnc';

let desktop: XDesktop;
/** Where servers of this run have their sockets. */
let runtime: string;
let source: VncSource | undefined;
beforeAll(async () => {
  desktop = await startXDesktop();
  runtime = mkdtempSync(join(tmpdir(), 'rh-test-'));
  await desktop.run('xrandr', '--setmonitor', 'left', '320/80x480/120+0+0', 'screen');
  await desktop.run('xrandr', '--setmonitor', 'right', '320/80x400/100+320+80', 'none');
});
afterEach(() => source?.close());
afterAll(() => desktop.close());

function screens(name: string): X11Screens {
  const programs = PROGRAMS.filter((program) => program.name === name);
  const env = { ...desktop.env, XDG_RUNTIME_DIR: runtime };
  return new X11Screens({ display: desktop.display, env, clock: systemClock, programs });
}

async function viewed(from: VncSource): Promise<RfbViewer> {
  const connection = await from.connect();
  // A server that is ended while it is being asked is what some tests want.
  connection.on('error', () => connection.destroy());
  const viewer = new RfbViewer((bytes) => connection.write(bytes));
  connection.on('data', (bytes) => viewer.receive(bytes));
  await viewer.ready;
  return viewer;
}

/** Processes of VNC servers of this display, by their words. */
function serversRunning(): number[] {
  return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
    const words = wordsOf(path);
    const isOne = PROGRAMS.some((program) => words[0] === program.path) && words.includes(desktop.display);
    return isOne ? [Number(path.split('/')[2])] : [];
  });
}

function wordsOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\0');
  } catch {
    // It is over meanwhile.
    return [];
  }
}

/** Sockets of TCP that a process listens on, by their numbers. */
function listeningOn(pid: number): string[] {
  const listening = ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => state === '0A')
      .map((columns) => columns[9] ?? ''),
  );
  const own = globSync(`/proc/${pid}/fd/*`).map((file) => {
    try {
      return readlinkSync(file);
    } catch {
      return '';
    }
  });
  return listening.filter((inode) => own.includes(`socket:[${inode}]`));
}

// SCR-6
it('monitors are told as RandR has them', async () => {
  expect(await screens(TIGER_VNC).screens()).toEqual([
    { id: 0, name: 'left', x: 0, y: 0, width: 320, height: 480, isPrimary: false },
    { id: 1, name: 'right', x: 320, y: 80, width: 320, height: 400, isPrimary: false },
  ]);
});

describe.each([TIGER_VNC, X11_VNC])('%s', (name) => {
  // SCR-6
  it('shows the whole desktop, or one of its screens, and none that is not there', async () => {
    source = await screens(name).open(null);
    expect(await (await viewed(source)).ready).toEqual({ width: 640, height: 480 });
    await source.close();
    source = await screens(name).open(1);
    expect([source.name, await (await viewed(source)).ready]).toEqual([name, { width: 320, height: 400 }]);
    await expect(screens(name).open(2)).rejects.toMatchObject({ why: 'noScreen' });
  });

  // SCR-5
  it('listens on no port, and is over when the source is closed', async () => {
    source = await screens(name).open(null);
    const viewer = await viewed(source);
    await viewer.until(() => viewer.updates > 0);
    const running = serversRunning();
    expect(running.length).toBeGreaterThan(0);
    for (const pid of running) expect(listeningOn(pid)).toEqual([]);
    await source.close();
    expect(serversRunning()).toEqual([]);
    expect(globSync(join(runtime, '*'))).toEqual([]);
  });

  // SCR-14
  it('is understood to the byte in what a browser asks for, while the screen changes', async () => {
    source = await screens(name).open(null);
    let came = 0;
    const ready = Promise.withResolvers<void>();
    const connection = new VncConnection({
      ...{ vnc: await source.connect(), clock: systemClock },
      input: (release) => new InputGate().input('anna', release),
      toHelper: async (bytes) => {
        came += bytes.length;
        if (came === HANDSHAKE_BYTES) ready.resolve();
        // As a browser that draws at once, and asks for what comes next.
        else if (came > HANDSHAKE_BYTES) say(rfbClient.update(true, 0, 0, 640, 480));
      },
    });
    const say = (...messages: Uint8Array[]) => {
      void Promise.resolve().then(() => connection.push(bytes(...messages), () => undefined));
    };
    let error: unknown;
    const running = connection.run().catch((thrown: unknown) => {
      error = thrown;
    });
    say(RFB_VERSION, bytes(1, 1));
    await ready.promise;
    say(
      rfbClient.setPixelFormat(),
      rfbClient.setEncodings(...NO_VNC, ...NO_VNC_LAST),
      rfbClient.update(false, 0, 0, 640, 480),
    );
    const text = desktop.start('xterm', '-geometry', '60x20+0+0', '-e', 'sh', '-c', 'while :; do seq 1 99999; done');
    const list = desktop.start(
      'xterm',
      '-bg',
      'blue',
      '-geometry',
      '60x20+200+100',
      '-e',
      'sh',
      '-c',
      'while :; do ls -lR /usr; done',
    );
    await vi.waitFor(() => {
      if (error) throw error;
      expect(came).toBeGreaterThan(200_000);
    }, 30_000);
    text.kill();
    list.kill();
    await connection.close();
    await running;
  });

  // SCR-5
  it('does not outlive an agent that is killed', async () => {
    const env = { ...desktop.env, XDG_RUNTIME_DIR: runtime };
    const script = join(import.meta.dirname, 'left-behind.ts');
    const agent = spawn(process.execPath, [script, desktop.display, name], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(agent.stdout, 'data');
    expect(serversRunning()).toHaveLength(1);
    agent.kill('SIGKILL');
    await vi.waitFor(() => expect(serversRunning()).toEqual([]), 10_000);
    await vi.waitFor(() => expect(globSync(join(runtime, '*'))).toEqual([]), 10_000);
  });
});

// SCR-5
it('another user cannot reach the socket: neither by its mode nor by its folder', async () => {
  source = await screens(TIGER_VNC).open(null);
  const [socket = ''] = globSync(join(runtime, '*', 'rfb'));
  expect(statSync(socket).mode & 0o777).toBe(0o600);
  expect(statSync(join(socket, '..')).mode & 0o777).toBe(0o700);
  // Only root may become somebody else; to all others the modes above say the same.
  if (process.getuid?.() !== 0) return;
  const attempt = `require('node:net').connect(process.argv[1]).on('error', (e) => console.log(e.code)).on('connect', () => console.log('in'))`;
  const options = { uid: NOBODY, gid: NOBODY, cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] as const };
  const stranger = spawn(process.execPath, ['-e', attempt, socket], { ...options, stdio: [...options.stdio] });
  const [said] = await once(stranger.stdout as NodeJS.ReadableStream, 'data');
  expect(String(said).trim()).toBe('EACCES');
});

// SCR-4
it('what does not start is passed over, and told when nothing is left', async () => {
  const env = { ...desktop.env, XDG_RUNTIME_DIR: runtime };
  const programs = [
    { kind: 'unixSocket' as const, name: 'broken', path: '/bin/false' },
    { kind: 'inherited' as const, name: 'broken', path: '/bin/false' },
  ];
  const options = { display: desktop.display, env, clock: systemClock };
  await expect(new X11Screens({ ...options, programs }).open(null)).rejects.toMatchObject({ why: 'noSource' });
  source = await new X11Screens({ ...options, programs: [...programs, ...PROGRAMS] }).open(null);
  expect(source.name).toBe(TIGER_VNC);
  await expect(new X11Screens({ ...options, programs: [] }).open(null)).rejects.toMatchObject({ why: 'noSource' });
  const elsewhere = new X11Screens({ ...options, display: ':987' });
  await expect(elsewhere.screens()).rejects.toMatchObject({ why: 'noScreen' });
});
