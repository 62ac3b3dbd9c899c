/** What the benchmark uses of Socket.IO: it is installed for the benchmark alone, types are checked without. */
declare module 'socket.io' {
  import type { Server as HttpServer } from 'node:http';

  interface Socket {
    readonly handshake: { readonly query: Readonly<Record<string, unknown>> };
    join(room: string): Promise<void> | void;
    on(event: string, listener: (text: string) => void): this;
    to(room: string): { emit(event: string, text: string): boolean };
  }

  class Server {
    constructor(server: HttpServer, options: { readonly transports: readonly string[]; readonly serveClient: boolean });
    on(event: 'connection', listener: (socket: Socket) => void): this;
  }
}
