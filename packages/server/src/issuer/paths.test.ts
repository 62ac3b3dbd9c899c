import { describe, expect, it } from 'vitest';
import { isProviderPath, parseIssuerPath, signInStep } from './paths.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';

describe('parseIssuerPath', () => {
  it('splits tenant, path and query', () => {
    const url = `/${TENANT.toUpperCase()}/oauth2/v2.0/authorize?a=b?c`;
    expect(parseIssuerPath(url)).toEqual({ tenantId: TENANT, path: '/oauth2/v2.0/authorize', query: 'a=b?c' });
  });

  it.each(['', '/', `/${TENANT}`, `/${TENANT}x/y`, `//${TENANT}/y`, `/beta/${TENANT}/y`, '/common/v2.0'])(
    'leaves %j to others',
    (url) => {
      expect(parseIssuerPath(url)).toBeUndefined();
    },
  );
});

describe('paths below a tenant', () => {
  it.each([
    ['/oauth2/v2.0/token', true],
    ['/oauth2/v2.0/authorize/abc-_1', true],
    ['/oauth2/v2.0/logout/confirm', true],
    ['/oauth2/v2.0/token/x', false],
    ['/oauth2/v2.0/authorize/a/b', false],
    ['/oauth2/v2.0/authorize/%2e%2e', false],
    ['/.well-known/openid-configuration', false],
  ])('%s goes to oidc-provider: %s', (path, isForwarded) => {
    expect(isProviderPath(path)).toBe(isForwarded);
  });

  it.each([
    ['/sign-in/abc', 'password'],
    ['/sign-in/abc/new-password', 'newPassword'],
    ['/sign-in', undefined],
    ['/sign-in/abc/x', undefined],
    ['/sign-in/a.b', undefined],
  ])('%s is the step %s', (path, step) => {
    expect(signInStep(path)).toBe(step);
  });
});
