import { describe, expect, it } from 'vitest';
import { type OriginRules, originOf, sourceAddressOf } from './origin.ts';

const direct: OriginRules = { hostNames: ['help.example.org', '*.example.net'], isBehindProxy: false };
const proxied: OriginRules = { ...direct, isBehindProxy: true };

function addressed(headers: Readonly<Record<string, string>>, isEncrypted = false) {
  return { isEncrypted, remoteAddress: '10.0.0.1', header: (name: string) => headers[name] };
}

// ODATA-6
describe('originOf', () => {
  it.each([
    [{ host: 'localhost:8080' }, false, 'http://localhost:8080'],
    [{ host: '127.0.0.1:8443' }, true, 'https://127.0.0.1:8443'],
    [{ host: '127.8.9.1' }, false, 'http://127.8.9.1'],
    [{ host: '[::1]:80' }, false, 'http://[::1]:80'],
    [{ host: 'HELP.example.org' }, true, 'https://help.example.org'],
    [{ host: 'a.example.net' }, true, 'https://a.example.net'],
  ])('answers %j', (headers, isEncrypted, origin) => {
    expect(originOf(addressed(headers, isEncrypted), direct)).toBe(origin);
  });

  it.each([
    [{ host: 'evil.example.com' }],
    [{ host: 'help.example.org.evil.com' }],
    [{ host: 'a.b.example.net' }],
    [{ host: 'example.net' }],
    [{ host: '127.0.0.1.evil.com' }],
    [{ host: 'localhost:8080/x' }],
    [{ host: 'user@localhost' }],
    [{ host: 'localhost:65536' }],
    [{ host: 'localhost:99999' }],
    [{ host: '127.0.0.999' }],
    [{ host: 'localhost:' }],
    [{ host: '' }],
    [{}],
  ])('refuses %j', (headers: Record<string, string>) => {
    expect(() => originOf(addressed(headers), direct)).toThrow('Host header');
  });

  it('believes X-Forwarded-* behind a proxy only', () => {
    const headers = {
      host: 'localhost:8080',
      'x-forwarded-host': 'help.example.org',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '1.1.1.1, 203.0.113.7',
    };
    expect(originOf(addressed(headers), direct)).toBe('http://localhost:8080');
    expect(originOf(addressed(headers), proxied)).toBe('https://help.example.org');
    expect(sourceAddressOf(addressed(headers), direct)).toBe('10.0.0.1');
    expect(sourceAddressOf(addressed(headers), proxied)).toBe('203.0.113.7');
    expect(() => originOf(addressed({ ...headers, 'x-forwarded-host': 'evil.com' }), proxied)).toThrow('Host header');
  });
});
