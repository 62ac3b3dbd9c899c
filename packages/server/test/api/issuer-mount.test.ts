/** Where the embedded issuer is mounted: what it is given, what it is not, and what nobody answers. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, openApi } from './harness.ts';
import { sendRaw } from './raw-socket.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';

let api: Api;
let port: number;
beforeAll(async () => {
  api = await openApi({
    issuer: async ({ url = '' }, response: ServerResponse) => {
      if (!url.startsWith(`/${TENANT}/`)) return false;
      response.writeHead(200, { 'content-type': 'text/html', 'content-length': '10' }).end('the issuer');
      return true;
    },
  });
  port = await api.listen();
});
afterAll(() => api.close());

function get(target: string, header = ''): ReturnType<typeof sendRaw> {
  return sendRaw(port, `GET ${target} HTTP/1.1\r\nHost: localhost:${port}\r\n${header}\r\n`);
}

describe('the embedded issuer', () => {
  it('answers below its tenants, with request ids, and decides by itself which origins may read that', async () => {
    const { status, headers, text } = await get(`/${TENANT}/x`, 'Origin: https://app.example\r\n');
    expect([status, text]).toEqual([200, 'the issuer']);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'request-id': expect.any(String) });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
    expect(headers).not.toHaveProperty('odata-version');
  });

  it.each([
    ['36 characters that are no GUID', `/${'-'.repeat(36)}/x`],
    ['a GUID in other characters', `/%31${TENANT.slice(1)}/x`],
    ['a whole URL', `http://localhost/${TENANT}/x`],
  ])('leaves %s to be refused in Graph’s form', async (_, target) => {
    const { status, text } = await get(target);
    expect(status).toBe(404);
    expect(JSON.parse(text).error.code).toBe('ResourceNotFound');
  });
});
