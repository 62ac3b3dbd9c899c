import { describe, expect, it } from 'vitest';
import { CONSOLE_CLIENT_ID, consoleSignIn } from './web-console.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const OWN = (origin: string) => ({ issuer: `${origin}/${TENANT}/v2.0`, token_endpoint: `${origin}/token` });
const NONE = { consoleIssuer: undefined, consoleClientId: undefined, consoleScopes: 'openid', issuers: undefined };
const ENTRA = `https://login.microsoftonline.com/${TENANT}/v2.0`;
const ISSUERS = JSON.stringify([
  { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0', audiences: ['api'], tenants: [TENANT] },
]);

describe('people sign in to the console', () => {
  it('at the embedded issuer, by the address at which they came', () => {
    expect(consoleSignIn(NONE, OWN)('http://localhost:8080')).toEqual({
      issuer: `http://localhost:8080/${TENANT}/v2.0`,
      clientId: CONSOLE_CLIENT_ID,
      scope: 'openid profile email offline_access .default',
      metadata: OWN('http://localhost:8080'),
    });
  });

  it('at an issuer that the operator names, whose tokens count', () => {
    const given = { consoleIssuer: ENTRA, consoleClientId: 'app', consoleScopes: 'openid api/x', issuers: ISSUERS };
    expect(consoleSignIn(given, OWN)('https://help.example')).toEqual({
      issuer: ENTRA,
      clientId: 'app',
      scope: 'openid api/x',
    });
  });

  it('nowhere, where the embedded issuer is off and no other is named', () => {
    expect(consoleSignIn({ ...NONE, issuers: ISSUERS }, undefined)('https://help.example').issuer).toBeNull();
  });

  it.each([undefined, ISSUERS])('not at an issuer whose tokens would be refused', (issuers) => {
    const given = { ...NONE, consoleIssuer: 'https://other.example', consoleClientId: 'app', issuers };
    expect(() => consoleSignIn(given, undefined)).toThrow('REMOTE_HELP_CONSOLE_ISSUER is https://other.example');
  });
});
