/** Input made to take long: work may grow with its length, never with the square of it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, openApi } from './harness.ts';

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

/** Long enough that the square of it takes half a minute, and the length itself a moment. */
const LONG = 100_000;

describe('a path of slashes alone', () => {
  it('is no work before a token is asked for', { timeout: 10_000 }, async () => {
    const answer = await api.ask('GET', `/beta${'/'.repeat(LONG)}x`, { token: '' });
    expect(answer.status).toBe(401);
  });

  it('is the service root', async () => {
    const answer = await api.ask('GET', '/beta///', { token: '' });
    expect(answer.body.value.map(({ name }: { name: string }) => name)).toContain('ExtendRemoteHelpSessionResponse');
    expect((await api.ask('GET', '/beta//%24metadata/', { token: '' })).text).toContain('<edmx:Edmx');
  });
});
