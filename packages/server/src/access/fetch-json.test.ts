import { ManualClock } from '@open-remote-help/testkit';
import { describe, expect, it } from 'vitest';
import { fetchJson } from './fetch-json.ts';

const URL_TEXT = 'https://issuer.example/keys';

function answering(response: Response | ((init: RequestInit) => Promise<Response>)) {
  const clock = new ManualClock();
  const fetch: typeof globalThis.fetch = async (_input, init) =>
    response instanceof Response ? response : response(init ?? {});
  return { clock, answer: fetchJson(URL_TEXT, { fetch, clock }) };
}

/** A body that never ends. */
function endless(): ReadableStream {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024).fill(32)) });
}

// ID-11
describe('fetchJson', () => {
  it('gives the document and leaves no alarm behind', async () => {
    const { clock, answer } = answering(Response.json({ a: 1 }));
    expect(await answer).toEqual({ a: 1 });
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['another status', new Response('{}', { status: 404 }), 'answered 404'],
    ['no JSON', new Response('<html>'), 'JSON'],
    ['an empty body', new Response(null), 'JSON'],
    ['too large a body', new Response(endless()), 'larger than'],
  ])('refuses %s', async (_what, response, message) => {
    const { clock, answer } = answering(response);
    await expect(answer).rejects.toThrow(message);
    expect(clock.pending).toBe(0);
  });

  it('does not follow redirects', async () => {
    const { answer } = answering(async ({ redirect }) => Response.json(redirect));
    expect(await answer).toBe('error');
  });

  it('gives up after 5 s', async () => {
    const { clock, answer } = answering(
      ({ signal }) =>
        new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
    );
    clock.advanceBy(4_999);
    expect(clock.pending).toBe(1);
    clock.advanceBy(1);
    await expect(answer).rejects.toThrow('took too long');
  });
});
