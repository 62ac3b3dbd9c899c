/** `remote-help session …`: help sessions from the command line, over the API. */
import { durationText, foreign, grantsText } from '@open-remote-help/agent/terminal';
import { systemClock } from '../clock.ts';
import { type Arguments, type Command, type Option, onlyWord, type Terminal, textOf, UsageError } from './command.ts';
import { type Entity, SERVICE_OPTIONS, type ServiceClient, ServiceError, serviceClient } from './service-client.ts';
import { findDevice, findSession, liveSessions, operationPath, pages, SESSIONS } from './session-lookup.ts';
import { watchSession } from './session-watch.ts';
import { detailLines, endText, instantOf, LIST_HEAD, listRow } from './session-words.ts';
import { columns } from './with-data.ts';

/** The device said no, or nothing. */
const EXIT_NOT_ACCEPTED = 3;
/** Interrupted, as shells have it: 128 and SIGINT's number. */
const EXIT_INTERRUPTED = 130;
const LOOK_EVERY_MS = 1_000;
/** The server may be away for so long beyond the answer's deadline. */
const GRACE_MS = 30_000;
const SPINNER = '⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏';
const SETTINGS = 'deviceManagement/remoteAssistanceSettings';

const JSON_OPTION: Readonly<Record<'json', Option>> = { json: { doc: 'Print JSON, for programs.' } };

export const commands: readonly Command[] = [
  {
    name: 'session create',
    words: 'DEVICE',
    summary:
      'Asks a device, by id or name, for a session; prints its key and waits for the answer. Exit code 0: accepted, 3: not.',
    options: {
      type: { value: 'TYPE', doc: 'viewScreen (when left out), takeFullControl or unattended.' },
      reason: { value: 'TEXT', doc: 'Why: shown on the device as your own words.' },
      ticket: { value: 'TEXT', doc: 'The number of a ticket, shown likewise.' },
      'no-wait': { doc: 'Do not wait for the answer.' },
      watch: { doc: 'Go on as `session watch` once it is accepted.' },
      ...SERVICE_OPTIONS,
    },
    run: createSession,
  },
  {
    name: 'session list',
    summary: 'Lists live sessions.',
    options: { all: { doc: 'Those that have ended too.' }, ...JSON_OPTION, ...SERVICE_OPTIONS },
    run: listSessions,
  },
  onSession('session show', 'Shows what is known of a session, also after its end.', JSON_OPTION, async (call) => {
    const { session, client, args, terminal } = call;
    if (args.options.json) terminal.out(JSON.stringify(session, undefined, 2));
    else for (const line of detailLines(session, client.reckoning)) terminal.out(line);
  }),
  onSession(
    'session watch',
    'Takes part in a session as a helper without a picture: who is there, time left, chat. Ctrl+C leaves; the session goes on.',
    {},
    async ({ session, client }) => watchSession(client, session, { input: process.stdin, output: process.stdout }),
  ),
  onSession('session extend', 'Gives a session another hour from now.', {}, async ({ session, client, terminal }) => {
    const { sessionKey } = session;
    const lease = await client.post(operationPath(session, 'extendRemoteHelpSession'), { sessionKey });
    const left = durationText((instantOf(lease.sessionExpirationDateTime) ?? 0) - client.now());
    terminal.error(`Extended: ${left} left, until ${foreign(lease.sessionExpirationDateTime)}.`);
  }),
  onSession('session end', 'Ends a session for everybody.', {}, async ({ session, client, terminal }) => {
    const { sessionKey } = session;
    await client.post(operationPath(session, 'endRemoteHelpSession'), { sessionKey });
    terminal.error(`Ended the session on ${foreign(session.deviceName, 'the device')}.`);
  }),
  switchCommand('enable', 'Switches remote help on in the tenant: sessions may be held.'),
  switchCommand('disable', 'Switches remote help off in the tenant: live sessions end at once.'),
];

interface SessionCall {
  readonly args: Arguments;
  readonly terminal: Terminal;
  readonly client: ServiceClient;
  readonly session: Entity;
}

function onSession(
  name: string,
  summary: string,
  options: Readonly<Record<string, Option>>,
  act: (call: SessionCall) => Promise<void>,
): Command {
  return {
    name,
    words: 'KEY|ID|DEVICE',
    summary,
    options: { ...options, ...SERVICE_OPTIONS },
    run: async (args, terminal) => {
      const named = onlyWord(args, "a session's key or id, or the name of the device that has one");
      const client = serviceClient(args);
      await act({ args, terminal, client, session: await findSession(client, named) });
      return 0;
    },
  };
}

function switchCommand(name: 'enable' | 'disable', summary: string): Command {
  return {
    name: `session ${name}`,
    summary,
    options: SERVICE_OPTIONS,
    run: async (args, terminal) => {
      await serviceClient(args).patch(SETTINGS, { remoteAssistanceState: `${name}d` });
      terminal.error(`Remote help is switched ${name === 'enable' ? 'on' : 'off'}.`);
      return 0;
    },
  };
}

async function listSessions(args: Arguments, terminal: Terminal): Promise<number> {
  const client = serviceClient(args);
  const isAll = args.options.all === true;
  const newestFirst = `$orderby=${encodeURIComponent('createdDateTime desc')}`;
  const sessions = isAll ? await pages(client, `${SESSIONS}?${newestFirst}`) : await liveSessions(client);
  if (args.options.json) {
    terminal.out(JSON.stringify(sessions, undefined, 2));
  } else if (sessions.length === 0) {
    const others = isAll ? '' : ' `remote-help session list --all` shows those that have ended.';
    terminal.error(
      `There is no ${isAll ? '' : 'live '}session. Ask for one: remote-help session create DEVICE.${others}`,
    );
  } else {
    const rows = sessions.map((session) => listRow(session, client.reckoning));
    for (const line of columns(LIST_HEAD, rows)) terminal.out(line);
  }
  return 0;
}

async function createSession(args: Arguments, terminal: Terminal): Promise<number> {
  const client = serviceClient(args);
  const device = await findDevice(client, onlyWord(args, 'the id or name of a device'));
  const [sessionType = 'viewScreen', reason, ticket] = ['type', 'reason', 'ticket'].map((name) => textOf(args, name));
  if (args.options.watch && args.options['no-wait']) throw new UsageError('--watch has to wait for the answer.');
  const created = await client.post(operationPath({ deviceId: device.id }, 'createRemoteHelpSession'), {
    sessionType,
    ...(reason === undefined ? {} : { '@openRemoteHelp.reason': reason }),
    ...(ticket === undefined ? {} : { '@openRemoteHelp.ticket': ticket }),
  });
  terminal.error(`Asked ${foreign(device.deviceName, 'the device')} for a session (${foreign(created.sessionType)}).`);
  terminal.out(foreign(created.sessionKey));
  if (args.options['no-wait']) return 0;
  const session = await answerOn(client, created.id, terminal);
  if (!session) {
    terminal.error(
      `It still waits for an answer. remote-help session end ${foreign(created.sessionKey)} takes it back.`,
    );
    return EXIT_INTERRUPTED;
  }
  if (session.state === 'ended') {
    terminal.error(`No session: ${endText(session)}.`);
    return EXIT_NOT_ACCEPTED;
  }
  terminal.error(`The device said yes: you may ${grantsText(session.grants)}.`);
  if (args.options.watch) await watchSession(client, session, { input: process.stdin, output: process.stdout });
  else terminal.error(`Connect within a minute: remote-help session watch ${foreign(created.sessionKey)}`);
  return 0;
}

/** The session once it was answered; undefined when somebody did not want to wait any longer. */
async function answerOn(client: ServiceClient, id: string, terminal: Terminal): Promise<Entity | undefined> {
  const until = systemClock.now() + client.consentMs;
  let isLeft = false;
  let wake: () => void = () => undefined;
  const leave = () => {
    isLeft = true;
    wake();
  };
  process.once('SIGINT', leave);
  try {
    for (let turn = 0; !isLeft; turn++) {
      const now = systemClock.now();
      const session = await present(client, id, now < until + GRACE_MS);
      if (session && session.state !== 'requested') return session;
      terminal.redraw?.(
        `${SPINNER[turn % SPINNER.length]} waiting for an answer on the device, ${durationText(until - now)}`,
      );
      await new Promise<void>((resolve) => {
        wake = resolve;
        systemClock.at(now + LOOK_EVERY_MS, resolve);
      });
    }
    return undefined;
  } finally {
    process.removeListener('SIGINT', leave);
    terminal.redraw?.('');
  }
}

/** The session as it is now; undefined while the server is away. */
async function present(client: ServiceClient, id: string, mayBeAway: boolean): Promise<Entity | undefined> {
  return client.get(`${SESSIONS}/${encodeURIComponent(id)}`).catch((error: unknown) => {
    if (mayBeAway && error instanceof ServiceError && error.isPassing) return undefined;
    throw error;
  });
}
