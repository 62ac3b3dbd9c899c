/** A way between client and gateway that can break in the middle of a frame. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface BreakingProxy {
  readonly port: number;
  /** Breaks all connections now. `clientOnly` leaves the gateway believing in its end. */
  cut(options?: { readonly clientOnly?: boolean }): void;
  /** Breaks all connections, and refuses others until told otherwise. */
  refuse(isRefused: boolean): void;
  /** Lets so many more bytes through to clients, then breaks. */
  cutAfter(bytes: number): void;
  /** How often it broke because of `cutAfter`. */
  readonly cuts: number;
  stop(): void;
}

export async function startBreakingProxy(target: number): Promise<BreakingProxy> {
  const pairs = new Set<{ readonly client: Socket; readonly upstream: Socket }>();
  let left: number | undefined;
  let cuts = 0;
  let isRefusing = false;
  const server = createServer((client) => {
    if (isRefusing) return void client.destroy();
    const upstream = connect(target, '127.0.0.1');
    const pair = { client, upstream };
    pairs.add(pair);
    for (const socket of [client, upstream]) {
      socket.setNoDelay();
      // Breaking is what this is for.
      socket.on('error', () => undefined);
      socket.on('close', () => pairs.delete(pair));
    }
    client.on('data', (bytes) => upstream.write(bytes));
    client.on('end', () => upstream.end());
    upstream.on('end', () => client.end());
    upstream.on('data', (bytes: Buffer) => {
      if (left === undefined || bytes.length <= left) {
        if (left !== undefined) left -= bytes.length;
        client.write(bytes);
        return;
      }
      cuts += 1;
      client.write(bytes.subarray(0, left), () => client.destroy());
      left = undefined;
      upstream.destroy();
    });
  });
  const cut = ({ clientOnly = false } = {}) => {
    for (const { client, upstream } of pairs) {
      client.removeAllListeners('end');
      client.destroy();
      if (!clientOnly) upstream.destroy();
    }
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    refuse: (isRefused) => {
      isRefusing = isRefused;
      if (isRefused) cut();
    },
    cutAfter: (bytes) => {
      left = bytes;
    },
    get cuts() {
      return cuts;
    },
    stop: () => {
      server.close();
      for (const { client, upstream } of pairs) {
        client.destroy();
        upstream.destroy();
      }
    },
  };
}
