import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { isGatewayPath, readHandshake } from './handshake-request.ts';

const headers = {
  upgrade: 'WebSocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};

describe('the request of a handshake (GW-1, GW-5)', () => {
  it('is read from path, query and headers', () => {
    const url = '/client/hubs/h%31?access_token=a%2Eb&awps_connection_id=c&awps_reconnection_token=t%2F%2B%3D';
    expect(readHandshake({ method: 'GET', url, headers: { ...headers, 'sec-websocket-protocol': 'a, b' } })).toEqual({
      hub: 'h1',
      accessToken: 'a.b',
      recovery: { connectionId: 'c', token: 't/+=' },
      offered: ['a', 'b'],
    });
  });

  it.each(['a,,b', 'a,a', 'a b', ',', 'ü'])('is refused when it offers "%s"', (offered) => {
    const request = {
      method: 'GET',
      url: '/client/hubs/h',
      headers: { ...headers, 'sec-websocket-protocol': offered },
    };
    expect(() => readHandshake(request)).toThrow(expect.objectContaining({ code: 'badRequest' }));
  });

  it('that is anything else is a refusal, never a fault', () => {
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('/client', '/hubs/', 'h', '?', '&', 'hub=', '%', 'awps_connection_id='),
    );
    const url = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const offered = fc.option(fc.string(), { nil: undefined });
    fc.assert(
      fc.property(url, offered, fc.string(), (target, protocol, authorization) => {
        isGatewayPath(target);
        const extra = protocol === undefined ? {} : { 'sec-websocket-protocol': protocol };
        try {
          readHandshake({ method: 'GET', url: target, headers: { ...headers, ...extra, authorization } });
        } catch (error) {
          expect(error).toBeInstanceOf(DomainError);
        }
      }),
      { seed: 41, numRuns: 500 },
    );
  });
});
