import { beforeEach, describe, expect, it } from 'vitest';
import { GraphClient } from '../graph/client.ts';
import { GraphError } from '../graph/graph-error.ts';
import { allowedTypes, createSession, isPassing, type SessionServer, sessionServer } from './session-server.ts';
import { filterText, searchText } from './sessions-page.tsx';

const SESSION = { id: 'id/1', sessionKey: "rh_'key", deviceId: 'device 1' };
const DEVICE = '/beta/deviceManagement/managedDevices/device%201';

let asked: { readonly method: string; readonly path: string; readonly body: unknown; readonly id: string | null }[];
let answer: object;
let date: string | null;
let graph: GraphClient;
let server: SessionServer;
beforeEach(() => {
  asked = [];
  answer = {};
  date = null;
  graph = new GraphClient({
    baseUrl: 'https://help.example/beta/',
    tokens: { accessToken: async () => 'token', refused: () => undefined },
    clock: { now: () => 1_000_000 },
    fetch: async (url, init) => {
      const headers = new Headers(init?.headers);
      const body = init?.body === undefined ? undefined : JSON.parse(String(init.body));
      const { pathname } = new URL(String(url));
      asked.push({ method: init?.method ?? '', path: pathname, body, id: headers.get('client-request-id') });
      return new Response(JSON.stringify(answer), { headers: date === null ? {} : { date } });
    },
  });
  server = sessionServer(graph, () => graph.now());
});

describe('what the helper asks of the server', () => {
  it('names session, device and connection as Graph has it', async () => {
    answer = {
      pubSubHelperAccessUri: 'wss://hub/x',
      pubSubGroupId: 'group',
      sessionExpirationDateTime: '2026-01-01T00:00:00.5Z',
    };
    expect(await server.retrieve(SESSION)).toEqual({
      ...{ accessUri: 'wss://hub/x', groupId: 'group', expiresAt: 1_767_225_600_500 },
    });
    answer = { pubSubEncryptionKey: 'key', pubSubEncryption: 'iv' };
    expect(await server.requestAccess(SESSION, 'connection')).toEqual({ key: 'key', iv: 'iv' });
    answer = { sessionExpirationDateTime: '2026-01-01T01:00:00Z' };
    expect(await server.extend(SESSION)).toBe(1_767_229_200_000);
    await server.requestRights(SESSION, {
      view: true,
      control: true,
      clipboardToHelper: false,
      clipboardToSharer: false,
    });
    await server.end(SESSION);
    expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `GET ${DEVICE}/retrieveRemoteHelpSession(sessionKey='rh_''key')`,
      `POST ${DEVICE}/requestRemoteHelpSessionAccess`,
      `POST ${DEVICE}/extendRemoteHelpSession`,
      'POST /beta/remoteHelp/sessions/id%2F1/requestRights',
      `POST ${DEVICE}/endRemoteHelpSession`,
    ]);
    expect(asked[1]?.body).toEqual({ sessionKey: SESSION.sessionKey, pubSubConnectionId: 'connection' });
  });

  it('takes no relay that is none', async () => {
    answer = { relayId: 'one', relayUri: 'wss://relay', relayGrant: 'grant' };
    expect(await server.openRelay(SESSION, 'connection')).toEqual(answer);
    answer = { relayId: 'one', relayUri: 7, relayGrant: 'grant' };
    await expect(server.openRelay(SESSION, 'connection')).rejects.toThrow('relayUri');
  });

  it('asks for a session with the words that there are, and under one id', async () => {
    const request = { deviceId: 'device 1', sessionType: 'viewScreen', reason: 'Printer', ticket: '' } as const;
    await createSession(graph, request, 'request-1');
    expect(asked).toEqual([
      {
        method: 'POST',
        path: `${DEVICE}/createRemoteHelpSession`,
        body: { sessionType: 'viewScreen', '@openRemoteHelp.reason': 'Printer' },
        id: 'request-1',
      },
    ]);
  });

  it('offers what the caller may, least first', async () => {
    answer = { value: 'takeFullControl,viewScreen,elevation' };
    expect(await allowedTypes(graph, "de'vice", 'tenant')).toEqual(['viewScreen', 'takeFullControl']);
    answer = { value: '0' };
    expect(await allowedTypes(graph, 'device', 'tenant')).toEqual([]);
    expect(decodeURIComponent(asked[0]?.path ?? '')).toContain("sharerAadDeviceId='de''vice'");
  });

  it('knows the time of a server whose clock is another', async () => {
    date = 'Thu, 01 Jan 1970 01:00:00 GMT';
    await server.look('id');
    expect(server.now()).toBe(3_600_000);
    date = 'Thu, 01 Jan 1970 00:16:41 GMT';
    await server.look('id');
    expect(server.now()).toBe(1_000_000);
  });

  it('repeats what passes and nothing else', () => {
    const refused = (status: number) => isPassing(new GraphError({ status, code: 'x', message: 'x' }));
    expect([0, 429, 503, 400, 403, 404, 409].map(refused)).toEqual([true, true, true, false, false, false, false]);
    expect(isPassing(new Error('a bug'))).toBe(false);
  });
});

describe('a list of sessions', () => {
  it('is filtered by what the person chose', () => {
    expect(filterText({ isLive: true, endReason: 'declined', helperId: '' })).toBe("state ne 'ended'");
    expect(filterText({ isLive: false, endReason: 'declined', helperId: "o'hara" })).toBe(
      "state eq 'ended' and endReason eq 'declined' and helperId eq 'o''hara'",
    );
  });

  it('is searched for a phrase, whatever is typed', () => {
    expect([' ', 'front desk', 'a" OR "b'].map(searchText)).toEqual([undefined, '"front desk"', '"a  OR  b"']);
  });
});
