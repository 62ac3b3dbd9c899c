import { describe, expect, it } from 'vitest';
import { KNOWN_PERMISSIONS } from '../access/known-permissions.ts';
import { authorizeParameters, tokenParameters } from './entra-parameters.ts';

const rules = { publicUrl: 'https://help.example', origin: 'http://localhost:8080' };

function token(parameters: Record<string, string>) {
  const given = tokenParameters(new URLSearchParams(parameters), rules);
  return given instanceof URLSearchParams ? Object.fromEntries(given) : given;
}

function authorize(parameters: Record<string, string>) {
  return Object.fromEntries(authorizeParameters(new URLSearchParams(parameters), rules));
}

describe('parameters of the token endpoint', () => {
  it.each([
    ['https://help.example/A.Read.All openid', 'A.Read.All openid'],
    ['http://localhost:8080/A.Read.All', 'A.Read.All'],
    ['https://graph.microsoft.com/A.Read.All offline_access', 'A.Read.All'],
    ['A.Read.All  B', 'A.Read.All B'],
  ])('name permissions without resource: %s', (scope, expected) => {
    expect(token({ grant_type: 'refresh_token', scope })).toEqual({ grant_type: 'refresh_token', scope: expected });
  });

  it.each(['https://help.example/.default', 'https://help.example/.default openid', 'offline_access', ''])(
    'ask for what was granted: %j',
    (scope) => {
      expect(token({ grant_type: 'refresh_token', scope })).toEqual({ grant_type: 'refresh_token' });
    },
  );

  it.each(['https://help.example.evil.example/A', 'https://management.azure.com/.default', 'api://x/A'])(
    'are refused for a foreign resource: %s',
    (scope) => {
      expect(token({ grant_type: 'refresh_token', scope })).toMatchObject({ error: 'invalid_scope' });
      expect(token({ grant_type: 'client_credentials', scope })).toMatchObject({ error: 'invalid_scope' });
    },
  );

  it('read a resource that ends in a slash, as v1 of Entra asks for it', () => {
    expect(token({ grant_type: 'refresh_token', scope: 'https://graph.microsoft.com//A.Read.All' })).toEqual({
      grant_type: 'refresh_token',
      scope: 'A.Read.All',
    });
  });

  it('cost no more than their length, and are quoted no longer than a line', { timeout: 10_000 }, () => {
    const scope = `${'/'.repeat(60_000)}x/y`;
    const refusal = token({ grant_type: 'refresh_token', scope });
    expect(refusal).toMatchObject({ error: 'invalid_scope', error_description: expect.stringContaining('////') });
    expect(JSON.stringify(refusal).length).toBeLessThan(200);
  });

  it('name no resource of their own', () => {
    expect(token({ grant_type: 'authorization_code', code: 'x', resource: 'https://evil.example' })).toEqual({
      grant_type: 'authorization_code',
      code: 'x',
    });
  });
});

describe('parameters of the authorization endpoint', () => {
  it('ask by .default for every permission', () => {
    expect(authorize({ scope: 'openid https://help.example/.default' }).scope).toBe(
      ['openid', ...KNOWN_PERMISSIONS].join(' '),
    );
  });

  it('keep a foreign scope as it is, to be granted to nobody', () => {
    expect(authorize({ scope: 'https://other.example/A B' })).toEqual({ scope: 'https://other.example/A B' });
  });

  it.each([
    ['consent', undefined],
    ['select_account', 'login'],
    ['login select_account', 'login'],
    ['none', 'none'],
  ])('know Entra’s prompt %s', (prompt, expected) => {
    expect(authorize({ prompt }).prompt).toBe(expected);
  });
});
