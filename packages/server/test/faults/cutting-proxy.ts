/** A way to PostgreSQL that can break at a chosen message: the one moment that no kill can hit reliably. */
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy {
  /** The database's URL with this proxy's port. */
  readonly url: string;
  /**
   * Breaks the next connection that sends this text.
   * @param isDelivered whether the server still gets the text; its answer never comes back
   */
  cutAt(text: string, isDelivered: boolean): void;
  /** Whether a connection was broken since `cutAt`. */
  hasCut(): boolean;
  stop(): void;
}

export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let cut: { readonly text: string; readonly isDelivered: boolean } | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      // Either side may break at any time here; that is the point.
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (chunk) => {
      if (!cut || !chunk.includes(cut.text)) {
        upstream.write(chunk);
        return;
      }
      const { isDelivered } = cut;
      cut = undefined;
      upstream.unpipe(client);
      client.destroy();
      if (isDelivered) upstream.end(chunk);
      else upstream.destroy();
    });
    client.on('end', () => upstream.end());
    upstream.pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(databaseUrl);
  url.port = String(typeof address === 'object' && address ? address.port : 0);
  return {
    url: url.href,
    cutAt: (text, isDelivered) => {
      cut = { text, isDelivered };
    },
    hasCut: () => cut === undefined,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
