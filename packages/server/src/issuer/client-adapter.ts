/** Client applications as oidc-provider's clients. */

import { isGuid } from '@open-remote-help/protocol';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { type Application, applicationKey, applicationOf } from '../access/applications.ts';
import type { Identity } from '../access/identity-model.ts';
import { CONSOLE_CLIENT_ID } from '../access/web-console.ts';

/** Members of client metadata that are ours. */
export const EXTRA_METADATA = ['objectId', 'allowedRoles'];

/** The tenant whose applications they are, and where the console is reached. */
type ClientsOf = Identity & { readonly tenantId: string; readonly origin: string };

/** Reads an application at each request: a removed one is unknown from then on. */
export class ClientAdapter implements Pick<Adapter, 'find'> {
  readonly #options: ClientsOf;

  constructor(options: ClientsOf) {
    this.#options = options;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (!isGuid(id)) return undefined;
    const { store, keyRing, tenantId, origin } = this.#options;
    if (id.toLowerCase() === CONSOLE_CLIENT_ID) return consoleMetadata(origin);
    const row = await store.get(applicationKey({ tenantId, nameOrId: id }));
    return row && clientMetadata(applicationOf(row), await keyRing.reveal(row.values.secretHash));
  }
}

/** Client metadata (RFC 7591) of an application; `client_secret` holds the hash, see `secretMatches`. */
export function clientMetadata(application: Application, secretHash: string): AdapterPayload {
  const { id, displayName, isPublic, redirectUris, objectId, allowedRoles } = application;
  const mayRedirect = redirectUris.length > 0;
  return {
    client_id: id,
    client_name: displayName,
    application_type: isPublic && !redirectUris.every((uri) => uri.startsWith('https:')) ? 'native' : 'web',
    ...(isPublic ? {} : { client_secret: secretHash }),
    token_endpoint_auth_method: isPublic ? 'none' : 'client_secret_post',
    redirect_uris: redirectUris,
    post_logout_redirect_uris: redirectUris,
    response_types: mayRedirect ? ['code'] : [],
    grant_types: [
      ...(mayRedirect ? ['authorization_code', 'refresh_token'] : []),
      ...(isPublic ? [] : ['client_credentials']),
    ],
    ...{ objectId, allowedRoles },
  };
}

/**
 * The console at the origin that is asked: it needs no registration. A client of the kind `web` is held to its redirect
 * URIs letter by letter; with `native`, any other port of this machine would do as well.
 */
function consoleMetadata(origin: string): AdapterPayload {
  return {
    client_id: CONSOLE_CLIENT_ID,
    client_name: 'Open Remote Help',
    application_type: 'web',
    token_endpoint_auth_method: 'none',
    redirect_uris: [`${origin}/signed-in`],
    post_logout_redirect_uris: [`${origin}/signed-out`],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    objectId: CONSOLE_CLIENT_ID,
    allowedRoles: [],
  };
}
