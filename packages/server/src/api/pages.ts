/** Documents for people and tools beside the API: the reference page and OpenAPI. */
import { randomBytes } from 'node:crypto';
import type { Model } from '@open-remote-help/protocol';
import { apiPage } from '../odata/api-page.ts';
import { openApi } from '../odata/openapi.ts';
import { PRODUCT_VERSION } from '../version.ts';
import type { Page } from './http-server.ts';

/** Stand in the kept texts for what differs between answers; RFC 2606 lets no host have this name. */
const ORIGIN = 'https://origin.invalid';
const NONCE = '{{nonce}}';

/**
 * By path; each is given the origin that the request was addressed to. The texts are made once: that takes milliseconds,
 * and anybody may ask for them.
 */
export function createPages(model: Model): Readonly<Record<string, (origin: string) => Page>> {
  const page = once(() => apiPage(model, { nonce: NONCE, serverUrl: ORIGIN }));
  const document = once(() =>
    JSON.stringify(openApi(model, { serverUrl: `${ORIGIN}/beta`, version: PRODUCT_VERSION })),
  );
  const reference = (origin: string): Page => {
    const nonce = randomBytes(16).toString('base64');
    return {
      contentType: 'text/html;charset=utf-8',
      headers: {
        'content-security-policy': `default-src 'none'; style-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-store',
      },
      body: page().replaceAll(NONCE, nonce).replaceAll(ORIGIN, origin),
    };
  };
  return {
    '/docs': reference,
    '/openapi.json': (origin) => ({
      contentType: 'application/json;charset=utf-8',
      headers: { 'access-control-allow-origin': '*', 'cache-control': 'no-cache' },
      body: document().replaceAll(ORIGIN, origin),
    }),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
