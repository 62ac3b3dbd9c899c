import { describe, expect, it } from 'vitest';
import { expand, isEmbeddedIssuer, parseIssuers } from './issuers.ts';

const ONE = '11111111-1111-4111-8111-111111111111';
const TWO = '22222222-2222-4222-8222-222222222222';
const entry = { issuer: 'https://issuer.example/realms/a', audiences: ['api://help'], tenants: [ONE] };

function parse(...entries: unknown[]) {
  return parseIssuers(JSON.stringify(entries));
}

describe('parseIssuers', () => {
  it('reads issuer, audiences, tenants and the claims that differ', () => {
    const [issuer] = parse({ ...entry, tenants: [ONE.toUpperCase()], claims: { roles: 'realm_access.roles' } });
    expect(issuer).toMatchObject({ ...entry, tenants: [ONE] });
    expect(issuer?.claims).toMatchObject({ roles: ['realm_access.roles'], scopes: ['scp', 'scope'] });
  });

  it.each([
    ['not JSON', '[', 'REMOTE_HELP_ISSUERS is not JSON'],
    ['no array', '{}', 'REMOTE_HELP_ISSUERS must be'],
    ['an empty array', '[]', 'REMOTE_HELP_ISSUERS must be'],
    ['no object', '["x"]', 'REMOTE_HELP_ISSUERS[0] must be'],
  ])('refuses %s', (_what, json, message) => {
    expect(() => parseIssuers(json)).toThrow(message);
  });

  it.each([
    [{ issuer: undefined }, 'issuer must'],
    [{ issuer: 'http://issuer.example' }, 'issuer must'],
    [{ issuer: 'https://issuer.example/?a=b' }, 'issuer must'],
    [{ issuer: 'https://me:pw@issuer.example/' }, 'issuer must'],
    [{ audiences: [] }, 'audiences must'],
    [{ audiences: ['a', ''] }, 'audiences[1] must'],
    [{ tenants: undefined }, 'tenants must'],
    [{ tenants: [ONE, 'contoso'] }, 'tenants[1] must'],
    [{ claims: [] }, 'claims must'],
    [{ claims: { role: 'x' } }, 'claims.role is'],
    [{ claims: { roles: 1 } }, 'claims.roles must'],
    [{ audience: 'x' }, 'audience is'],
    [{ claims: { organization: 'company' } }, 'claims.organization is'],
    [{ organization: '' }, 'organization must'],
    [{ organization: ['Contoso'] }, 'organization must'],
    [{ organization: 'x'.repeat(257) }, 'organization must'],
    [{ organization: 'Con\u202etoso' }, 'organization must'],
  ])('refuses %j, naming setting, index and member', (change, message) => {
    expect(() => parse(entry, { ...entry, issuer: 'https://other.example', ...change })).toThrow(
      `REMOTE_HELP_ISSUERS[1].${message}`,
    );
  });

  // ID-15
  it('refuses an issuer listed twice, also through its placeholder', () => {
    const concrete = { ...entry, issuer: `https://login.example/${ONE}/v2.0` };
    expect(() => parse(concrete, { ...entry, issuer: 'https://login.example/{tenantid}/v2.0' })).toThrow('twice');
  });

  it('takes plain http on loopback', () => {
    expect(parse({ ...entry, issuer: 'http://127.0.0.1:8081/realms/a' })).toHaveLength(1);
  });
});

describe('expand', () => {
  // ID-15
  it.each([
    ['https://login.microsoftonline.com/{tenantid}/v2.0', `https://login.microsoftonline.com/${TWO}/v2.0`],
    ['https://sts.windows.net/{tenantid}/', `https://sts.windows.net/${TWO}/`],
  ])('makes one issuer for each tenant of %s, trusted for that tenant alone', (issuer, second) => {
    const [settings] = parse({ ...entry, issuer, tenants: [ONE, TWO] });
    const expanded = settings ? expand(settings) : [];
    expect(expanded.map(({ name, tenants }) => [name, [...tenants]])[1]).toEqual([second, [TWO]]);
    expect(expanded).toHaveLength(2);
  });
});

describe('isEmbeddedIssuer', () => {
  it.each([
    ['https://help.example/{tenantid}/v2.0', true],
    [`https://help.example/${ONE}/v2.0`, true],
    ['https://help.example/common/v2.0', false],
    [`https://help.example/x/${ONE}/v2.0`, false],
    [`https://help.example.evil/${ONE}/v2.0`, false],
    [`https://help.example/${ONE}`, false],
  ])('%s: %s', (issuer, expected) => {
    expect(isEmbeddedIssuer(issuer, 'https://help.example')).toBe(expected);
  });
});
