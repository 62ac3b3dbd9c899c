/** Documents for people and tools beside the API: the reference page and OpenAPI. */
import { randomBytes } from 'node:crypto';
import type { Model } from '@open-remote-help/protocol';
import { apiPage } from '../odata/api-page.ts';
import { openApi } from '../odata/openapi.ts';
import { PRODUCT_VERSION } from '../version.ts';
import type { Page } from './http-server.ts';

/** By path; each is given the origin that the request was addressed to. */
export function createPages(model: Model): Readonly<Record<string, (origin: string) => Page>> {
  const reference = (origin: string): Page => {
    const nonce = randomBytes(16).toString('base64');
    return {
      contentType: 'text/html;charset=utf-8',
      headers: {
        'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      },
      body: apiPage(model, { nonce, serverUrl: origin }),
    };
  };
  return {
    '/': reference,
    '/docs': reference,
    '/openapi.json': (origin) => ({
      contentType: 'application/json;charset=utf-8',
      headers: { 'access-control-allow-origin': '*', 'cache-control': 'no-cache' },
      body: JSON.stringify(openApi(model, { serverUrl: `${origin}/beta`, version: PRODUCT_VERSION })),
    }),
  };
}
