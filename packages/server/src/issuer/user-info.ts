/** UserInfo (OpenID Connect Core, 5.3) for the access tokens of the embedded issuer, which are meant for the API. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { findUser } from '../access/accounts.ts';
import type { TokenVerifier } from '../access/caller.ts';
import { DomainError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { sendJson } from './http.ts';

/** What the answer is made from. */
export interface UserInfoOptions {
  readonly store: Store;
  readonly tokens: TokenVerifier;
  readonly tenantId: string;
  readonly source: string | undefined;
}

/** Answers GET and POST with the claims of the user that the bearer token speaks for. */
export async function answerUserInfo(
  request: IncomingMessage,
  response: ServerResponse,
  options: UserInfoOptions,
): Promise<void> {
  response.setHeader('access-control-allow-origin', '*');
  if (request.method === 'OPTIONS') {
    response
      .writeHead(204, { 'access-control-allow-headers': 'authorization', 'access-control-max-age': '3600' })
      .end();
    return;
  }
  const claims = await claimsOf(request, options);
  if (claims) {
    sendJson(response, 200, claims);
    return;
  }
  response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
  sendJson(response, 401, { error: 'invalid_token', error_description: 'The access token speaks for no user here.' });
}

async function claimsOf(request: IncomingMessage, { store, tokens, tenantId, source }: UserInfoOptions) {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) return undefined;
  try {
    const caller = await tokens.verify(token, source);
    if (caller.tenantId !== tenantId || caller.kind !== 'delegated') return undefined;
    const user = await findUser(store, { tenantId, nameOrId: caller.objectId });
    if (!user || user.isDisabled) return undefined;
    const { id, displayName, userPrincipalName, mail } = user;
    return {
      sub: id,
      name: displayName,
      preferred_username: userPrincipalName,
      ...(mail === null ? {} : { email: mail }),
    };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unauthenticated') return undefined;
    throw error;
  }
}
