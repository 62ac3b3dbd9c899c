/** `remote-help session create`: asks a device for a session, and waits for the person there. */
import { durationText, foreign, grantsText } from '@open-remote-help/agent/terminal';
import { systemClock } from '../clock.ts';
import { type Arguments, onlyWord, type Terminal, textOf, UsageError } from './command.ts';
import { type Entity, type ServiceClient, ServiceError, serviceClient } from './service-client.ts';
import { findDevice, operationPath, SESSIONS } from './session-lookup.ts';
import { watchSession } from './session-watch.ts';
import { endText } from './session-words.ts';

/** The device said no, or nothing. */
const EXIT_NOT_ACCEPTED = 3;
/** Interrupted, as shells have it: 128 and SIGINT's number. */
const EXIT_INTERRUPTED = 130;
const LOOK_EVERY_MS = 1_000;
/** The server may be away for so long beyond the answer's deadline. */
const GRACE_MS = 30_000;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';

/** @returns the exit code */
export async function createSession(args: Arguments, terminal: Terminal): Promise<number> {
  const client = serviceClient(args);
  const named = onlyWord(args, 'the id or name of a device');
  if (args.options.watch && args.options['no-wait']) throw new UsageError('--watch has to wait for the answer.');
  const device = await findDevice(client, named);
  // From here on an interruption leaves a request behind, whose key has to be told.
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt);
  try {
    const created = await request(client, device, args);
    const key = foreign(created.sessionKey);
    terminal.error(
      `Asked ${foreign(device.deviceName, 'the device')} for a session (${foreign(created.sessionType)}).`,
    );
    terminal.out(key);
    if (args.options['no-wait']) return 0;
    const session = await answerOn(client, created.id, terminal, interruption.signal);
    const code = report(session, key, terminal);
    if (!session || code !== 0) return code;
    process.removeListener('SIGINT', interrupt);
    if (args.options.watch) await watchSession(client, session, { input: process.stdin, output: process.stdout });
    else terminal.error(`Connect within a minute: remote-help session watch ${key}`);
    return 0;
  } finally {
    process.removeListener('SIGINT', interrupt);
  }
}

function request(client: ServiceClient, { id: deviceId }: Entity, args: Arguments): Promise<Entity> {
  const [sessionType = 'viewScreen', reason, ticket] = ['type', 'reason', 'ticket'].map((name) => textOf(args, name));
  return client.post(operationPath({ deviceId }, 'createRemoteHelpSession'), {
    sessionType,
    ...(reason === undefined ? {} : { '@openRemoteHelp.reason': reason }),
    ...(ticket === undefined ? {} : { '@openRemoteHelp.ticket': ticket }),
  });
}

/** @returns the exit code */
function report(session: Entity | undefined, key: string, terminal: Terminal): number {
  if (!session) {
    terminal.error(`It still waits for an answer. remote-help session end ${key} takes it back.`);
    return EXIT_INTERRUPTED;
  }
  if (session.state === 'ended') {
    terminal.error(`No session: ${endText(session)}.`);
    return EXIT_NOT_ACCEPTED;
  }
  terminal.error(`The device said yes: you may ${grantsText(session.grants)}.`);
  return 0;
}

/** The session once it was answered; undefined when somebody did not want to wait any longer. */
async function answerOn(
  client: ServiceClient,
  id: string,
  terminal: Terminal,
  interruption: AbortSignal,
): Promise<Entity | undefined> {
  const until = systemClock.now() + client.consentMs;
  try {
    for (let turn = 0; !interruption.aborted; turn++) {
      const now = systemClock.now();
      const session = await present(client, id, now < until + GRACE_MS);
      if (session && session.state !== 'requested') return session;
      const spinner = SPINNER[turn % SPINNER.length];
      terminal.redraw?.(`${spinner} waiting for an answer on the device, ${durationText(until - now)}`);
      await pause(interruption);
    }
    return undefined;
  } finally {
    terminal.redraw?.('');
  }
}

function pause(interruption: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      interruption.removeEventListener('abort', done);
      resolve();
    };
    const cancel = systemClock.at(systemClock.now() + LOOK_EVERY_MS, done);
    interruption.addEventListener('abort', done);
  });
}

/** The session as it is now; undefined while the server is away. */
async function present(client: ServiceClient, id: string, mayBeAway: boolean): Promise<Entity | undefined> {
  return client.get(`${SESSIONS}/${encodeURIComponent(id)}`).catch((error: unknown) => {
    if (mayBeAway && error instanceof ServiceError && error.isPassing) return undefined;
    throw error;
  });
}
