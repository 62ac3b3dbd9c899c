/** An RFB server of the agent's own, for X desktops on which there is no other: nothing but npm is needed. */
import { duplexPair } from 'node:stream';
import type { Clock } from '../clock.ts';
import { ScreenError, type VncSource } from '../screen/screen-source.ts';
import { XDisplay } from '../x11/x-display.ts';
import type { Rectangle } from './rectangle.ts';
import { RfbServer } from './rfb-server.ts';

/**
 * Serves a display, or an area of it, to whoever holds the source: there is no socket that others could reach.
 * @param display as the variable `DISPLAY`
 * @throws ScreenError where the display lacks what is needed
 */
export async function ownServer(display: string, area: Rectangle | undefined, clock: Clock): Promise<VncSource> {
  const running = new Set<RfbServer>();
  const serve = async () => {
    const [served, connection] = duplexPair();
    const server = await RfbServer.begin({ connection: served, display: await opened(display), area, clock });
    running.add(server);
    void server.over.then(() => running.delete(server));
    return connection;
  };
  let first: Awaited<ReturnType<typeof serve>> | undefined = await serve();
  return {
    name: "the agent's own server",
    async connect() {
      const ready = first;
      first = undefined;
      return ready ?? serve();
    },
    async close() {
      await Promise.all([...running].map((server) => server.close()));
    },
  };
}

async function opened(display: string): Promise<XDisplay> {
  try {
    return await XDisplay.open(display);
  } catch (cause) {
    throw new ScreenError('noScreen', `The display ${display} cannot be opened.`, { cause });
  }
}
