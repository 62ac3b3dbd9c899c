/** How many connections a port holds. */
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startOnFreePorts } from '../judges/running-service.ts';

let running: RunningService;
const open: Socket[] = [];

beforeAll(async () => {
  running = await startOnFreePorts({ REMOTE_HELP_MAX_CONNECTIONS: '3' });
});
afterEach(() => {
  for (const socket of open.splice(0)) socket.destroy();
});
afterAll(() => running.close());

/** Opens a connection that stays silent; resolves once it is connected. */
async function hold(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  open.push(socket);
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
}

describe.each(['http', 'https'] as const)('the port of %s', (kind) => {
  it('closes connections past the limit, and takes others once some end', async () => {
    const { port, origin } = new URL((running.service.urls[kind] ?? '').replace('127.0.0.1', 'localhost'));
    const held = [await hold(Number(port)), await hold(Number(port)), await hold(Number(port))];
    const refused = await hold(Number(port));
    await new Promise((resolve) => refused.once('close', resolve));
    await expect(fetch(`${origin}/healthz`)).rejects.toThrow();
    expect(held.map(({ readyState }) => readyState)).toEqual(['open', 'open', 'open']);
    for (const socket of held) socket.destroy();
    const status = () =>
      fetch(`${origin}/healthz`).then(
        (answer) => answer.status,
        () => 0,
      );
    await expect.poll(status, { timeout: 20_000 }).toBe(200);
  });
});
