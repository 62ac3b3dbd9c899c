/** `remote-help session …`: help sessions from the command line, over the API. */
import { durationText, foreign } from '@open-remote-help/agent/terminal';
import { type Arguments, type Command, type Option, onlyWord, type Terminal } from './command.ts';
import { type Entity, SERVICE_OPTIONS, type ServiceClient, serviceClient } from './service-client.ts';
import { createSession } from './session-create.ts';
import { findSession, liveSessions, operationPath, pages, SESSIONS } from './session-lookup.ts';
import { watchSession } from './session-watch.ts';
import { detailLines, instantOf, LIST_HEAD, listRow } from './session-words.ts';
import { columns } from './with-data.ts';

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
