/** A running embedded issuer over plain or encrypted loopback, and a browser without windows. */
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { auditEvents } from '@open-remote-help/protocol';
import { ManualClock, memoryIdentity } from '@open-remote-help/testkit';
import { generate, type SelfsignedOptions } from 'selfsigned';
import { RefusalLog } from '../../src/access/refusal-log.ts';
import { openTenant } from '../../src/access/tenants.ts';
import { TokenRevocations } from '../../src/access/token-revocations.ts';
import { JwtVerifier } from '../../src/access/token-verifier.ts';
import { Throttle } from '../../src/api/throttle.ts';
import { systemClock } from '../../src/clock.ts';
import { createIssuer } from '../../src/issuer/issuer.ts';

export const PUBLIC_URL = 'https://help.example';

export type Rig = Awaited<ReturnType<typeof startIssuer>>;

/** Starts an issuer on a free port; `close` it at the end. */
export async function startIssuer({ isEncrypted = false, strangersPer10s = 0, isTotpRequired = false } = {}) {
  const identity = await memoryIdentity(new ManualClock(systemClock.now()));
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  const refusals = new RefusalLog({ ...identity, onError });
  const tokens = new JwtVerifier({ ...identity, publicUrl: PUBLIC_URL, revocations: new TokenRevocations(identity) });
  const strangers = new Throttle(strangersPer10s);
  const options = { ...identity, publicUrl: PUBLIC_URL, isTotpRequired, tokens, refusals, strangers, onError };
  let issuer = createIssuer(options);
  let origin = '';
  const listener: RequestListener = (request, response) => {
    issuer.handle(request, response, origin, '192.0.2.9').then((isHandled) => {
      if (!isHandled) response.writeHead(418).end();
    }, onError);
  };
  const certificate = isEncrypted
    ? await generate([{ name: 'commonName', value: 'localhost' }], CERTIFICATE)
    : undefined;
  const server: Server = certificate
    ? createHttpsServer({ key: certificate.private, cert: certificate.cert }, listener)
    : createHttpServer(listener);
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as AddressInfo;
  origin = `${isEncrypted ? 'https' : 'http'}://localhost:${port}`;
  const tenant = await openTenant(identity);
  return {
    ...identity,
    tokens,
    tenant,
    origin,
    errors,
    base: `${origin}/${tenant.id}`,
    /** Starts the issuer anew, with another setting. */
    change: (changes: { readonly isTotpRequired: boolean }) => {
      issuer = createIssuer({ ...options, ...changes });
    },
    certificate: certificate?.cert,
    /** `activityType result` of every record of the tenant. */
    audit: async () => {
      const { entities } = await identity.store.query({ set: auditEvents, tenantId: tenant.id, top: 1000 });
      return entities.map(({ values }) => `${values.activityType} ${values.activityResult}`);
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await refusals.close();
    },
  };
}

const CERTIFICATE: SelfsignedOptions = {
  keySize: 2048,
  algorithm: 'sha256',
  extensions: [
    { name: 'basicConstraints', cA: true },
    { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
  ],
};

/** Keeps cookies by path, follows redirects one at a time. */
export class Browser {
  readonly #cookies = new Map<string, { readonly path: string; readonly pair: string }>();

  /** `Set-Cookie` lines as they came. */
  readonly setCookies: string[] = [];

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const pairs = [...this.#cookies.values()].filter(({ path }) => covers(path, pathname)).map(({ pair }) => pair);
    const headers = { ...(init.headers as Record<string, string>), cookie: pairs.join('; ') };
    const response = await fetch(url, { ...init, redirect: 'manual', headers });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  post(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Response> {
    return this.request(url, { method: 'POST', body: new URLSearchParams(form), headers });
  }

  /** Follows redirects as long as they stay at the origin; gives the last answer, or where they leave to. */
  async follow(response: Response, url: string): Promise<{ response: Response; url: string }> {
    const location = response.headers.get('location');
    if (location === null) return { response, url };
    const next = new URL(location, url);
    if (next.origin !== new URL(url).origin) return { response, url: next.href };
    return this.follow(await this.request(next.href), next.href);
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [pair = '', ...attributes] = line.split('; ');
    const path = attributes.find((attribute) => attribute.startsWith('path='))?.slice(5) ?? '/';
    const name = `${pair.split('=')[0]} ${path}`;
    if (/expires=Thu, 01 Jan 1970/i.test(line)) this.#cookies.delete(name);
    else this.#cookies.set(name, { path, pair });
  }
}

function covers(path: string, pathname: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
