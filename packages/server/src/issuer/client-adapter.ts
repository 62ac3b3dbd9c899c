/** Client applications as oidc-provider's clients. */

import { isGuid } from '@open-remote-help/protocol';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import { type Application, applicationKey, applicationOf } from '../access/applications.ts';
import type { Identity } from '../access/identity-model.ts';

/** Members of client metadata that are ours. */
export const EXTRA_METADATA = ['objectId', 'allowedRoles'];

/** Reads an application at each request: a removed one is unknown from then on. */
export class ClientAdapter implements Pick<Adapter, 'find'> {
  readonly #identity: Identity;
  readonly #tenantId: string;

  constructor(identity: Identity, tenantId: string) {
    this.#identity = identity;
    this.#tenantId = tenantId;
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    if (!isGuid(id)) return undefined;
    const { store, keyRing } = this.#identity;
    const row = await store.get(applicationKey({ tenantId: this.#tenantId, nameOrId: id }));
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
