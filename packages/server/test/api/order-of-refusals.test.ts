/** A request that is wrong in several ways is told the first of them; and what may be kept on the way. */
import { extendExample } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Ask, openApi } from './harness.ts';

const SET = '/beta/ExtendRemoteHelpSessionResponse';

let api: Api;
let id: string;

beforeEach(async () => {
  api = await openApi();
  await api.ask('POST', SET, { body: { ...extendExample, sessionKey: 'taken' } });
  id = (await api.ask('POST', SET, { body: { ...extendExample, sessionKey: 'mine' } })).body.id;
});
afterEach(() => api.close());

// ODATA-3
describe('the first of several reasons', () => {
  const body = { sessionKey: 'taken' };
  const stale = { 'if-match': 'W/"9"' };
  const html = { accept: 'text/html', 'content-type': 'text/html', ...stale };

  it.each<[string, number, string, string, Ask]>([
    ['no token', 401, 'PUT', '/beta/nothing?$top=x', { token: '', body, headers: html }],
    ['an unknown path', 400, 'PUT', '/beta/nothing?$top=x', { token: 'nobody', body, headers: html }],
    ['a method not served', 405, 'PUT', `${SET}/unknown?$top=x`, { token: 'nobody', body, headers: html }],
    ['no permission', 403, 'PATCH', `${SET}/unknown?$top=x`, { token: 'nobody', body, headers: html }],
    ['an option', 400, 'PATCH', `${SET}/unknown?$top=x`, { body, headers: html }],
    ['Accept', 406, 'PATCH', `${SET}/unknown`, { body, headers: html }],
    ['the media type', 415, 'PATCH', `${SET}/unknown`, { body, headers: { ...html, accept: '*/*' } }],
    ['the body', 400, 'PATCH', `${SET}/unknown`, { body: { sessionKey: null }, headers: stale }],
    ['an unknown key', 404, 'PATCH', `${SET}/unknown`, { body, headers: stale }],
  ])('is %s: %i', async (_, status, method, path, ask) => {
    expect((await api.ask(method, path, ask)).status).toBe(status);
  });

  it('is the version before the conflict', async () => {
    const path = `${SET}/${id}`;
    expect((await api.ask('PATCH', path, { body, headers: stale })).status).toBe(412);
    expect((await api.ask('PATCH', path, { body, headers: { 'if-match': 'W/"1"' } })).status).toBe(409);
  });
});

// ODATA-54
describe('Cache-Control', () => {
  it.each([
    ['a list with secrets', SET, 'no-store'],
    ['one entity with secrets', `${SET}(sessionKey='taken')`, 'no-store'],
    ['secrets left out by $select', `${SET}?$select=id`, 'no-store'],
    ['an error', '/beta/nothing', 'no-store'],
    ['a set without secrets', '/beta/CreateRemoteHelpSessionResponse', 'no-cache'],
    ['devices', '/beta/deviceManagement/managedDevices', 'no-cache'],
  ])('of %s', async (_, path, expected) => {
    expect((await api.ask('GET', path)).headers['cache-control']).toBe(expected);
  });
});
