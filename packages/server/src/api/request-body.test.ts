import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { readJson } from './request-body.ts';

function requestOf(text: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.push(text);
  request.push(null);
  return request;
}

describe('readJson', () => {
  it('reads what arrives', async () => {
    expect(await readJson(requestOf('{"a":[1]}'))).toEqual({ a: [1] });
  });

  it('does not wait for a client that left while something else was done', async () => {
    const request = new IncomingMessage(new Socket());
    request.destroy();
    await expect(readJson(request)).rejects.toMatchObject({ code: 'badRequest', message: 'The body broke off.' });
  });
});
