/** One connection of a relay's load: opened until it can be used, then sending or checking messages. */
import { DIALECT, type Dialect, type DialectName } from './dialects.ts';
import type { OnFrame } from './frames.ts';
import { RawSocket } from './raw-socket.ts';

export interface Seat {
  readonly dialect: DialectName;
  readonly port: number;
  readonly group: string;
  readonly listens: boolean;
  /** In place of the dialect's own path. */
  readonly path?: string;
}

export interface Ears {
  /** Gets what comes once the connection can be used. */
  readonly onFrame: OnFrame;
  readonly onPause?: () => void;
  readonly onEnd: (error: Error) => void;
  /** The words of the server before that. */
  readonly onGreeting?: (text: string) => void;
}

export async function openMember(seat: Seat, ears: Ears): Promise<RawSocket> {
  const dialect: Dialect = DIALECT[seat.dialect];
  const { port, group, listens } = seat;
  const path = seat.path ?? (await dialect.path(port, group, listens));
  const { subprotocol, isGreeted } = dialect;
  const ready = Promise.withResolvers<void>();
  let isReady = !isGreeted;
  const hearGreeting = (text: string) => {
    ears.onGreeting?.(text);
    const answer = dialect.greet(text, group, listens);
    if (answer.reply !== undefined) socket.sendText(answer.reply);
    isReady = answer.isReady;
    if (isReady) ready.resolve();
  };
  const { onPause, onEnd } = ears;
  const socket = new RawSocket({
    ...{ port, path, subprotocol, ...(onPause ? { onPause } : {}) },
    onFrame: (bytes, start, end, opcode) => {
      if (isReady) ears.onFrame(bytes, start, end, opcode);
      else hearGreeting(bytes.toString('latin1', start, end));
    },
    onEnd: (error) => {
      ready.reject(error);
      onEnd(error);
    },
  });
  if (isReady) ready.resolve();
  await Promise.all([socket.opened(), ready.promise]);
  return socket;
}
