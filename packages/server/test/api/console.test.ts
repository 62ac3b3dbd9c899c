/** The console as it is served: documents with a nonce each, assets that never change, and nothing else of the disk. */
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONSOLE_CLIENT_ID } from '../../src/access/web-console.ts';
import { ConsoleFiles } from '../../src/api/console-files.ts';
import { type Api, openApi } from './harness.ts';
import { sendRaw } from './raw-socket.ts';

const SCRIPT = 'console.log("the console");\n'.repeat(100);
const DOCUMENT =
  '<!doctype html><meta property="csp-nonce" nonce="{{nonce}}"><meta name="settings" content="{{settings}}"><title>T</title>';
const ISSUER = { issuer: 'https://id.example/v2.0', clientId: CONSOLE_CLIENT_ID, scope: `openid $& "><script>'&` };
const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

let folder: string;
let api: Api;
let port: number;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'console-'));
  const dist = join(folder, 'dist');
  await mkdir(join(dist, 'assets'), { recursive: true });
  const routes = { '/': 'index.html', '/devices/:deviceId': 'index.html', '/share': 'share.html' };
  const files: Record<string, string | Buffer> = {
    'routes.json': JSON.stringify(routes),
    'first-load.json': '{}',
    'index.html': DOCUMENT,
    'share.html': DOCUMENT.replace('>T<', '>Share<'),
    'icon.svg': '<svg/>',
    'assets/index-1a2b.js': SCRIPT,
    'assets/index-1a2b.js.br': brotliCompressSync(SCRIPT),
    'assets/index-1a2b.js.gz': gzipSync(SCRIPT),
    'assets/small-3c4d.css': 'a{}',
    '../secret.js': 'secret',
  };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dist, name), text);
  await symlink(join(folder, 'secret.js'), join(dist, 'assets/link.js'));
  api = await openApi({
    console: {
      files: new ConsoleFiles(dist),
      settingsAt: () => ISSUER,
      reaches: ['https://id.example', 'wss://help.example'],
    },
  });
  port = await api.listen();
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  api.ask('GET', path, { token: '', headers });

describe('a document of the console', () => {
  it.each(['/', '/devices/desk', '/devices/a%2Fb', '/share', '/?a=b'])('is served at %s', async (path) => {
    const { status, headers, text } = await get(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'text/html;charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
    });
    expect(headers).not.toHaveProperty('odata-version');
    expect(text).toContain(path === '/share' ? 'Share' : '<title>T');
    expect(text).not.toContain('{{');
  });

  it('lets in its own scripts, styles under a nonce that is another each time, and no frame around it', async () => {
    const nonces = await Promise.all(
      [1, 2, 3].map(async () => {
        const { headers, text } = await get('/', { host: 'localhost:8443' });
        const policy = headers['content-security-policy'] ?? '';
        const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
        expect(text).toContain(`nonce="${nonce}"`);
        expect(policy.replace(nonce, 'N').split('; ')).toEqual([
          "default-src 'none'",
          "script-src 'self'",
          "style-src 'self' 'nonce-N'",
          "connect-src 'self' ws://localhost:8443 https://id.example wss://help.example",
          "img-src 'self' data: blob:",
          'media-src blob:',
          "font-src 'self'",
          "form-action 'self'",
          "base-uri 'none'",
          "frame-ancestors 'none'",
          "require-trusted-types-for 'script'",
          "trusted-types 'none'",
        ]);
        return nonce;
      }),
    );
    expect(new Set(nonces).size).toBe(3);
    expect(Buffer.from(nonces[0] ?? '', 'base64')).toHaveLength(16);
  });

  it('may capture the screen where it is shared, and nowhere else', async () => {
    const policyAt = async (path: string) => (await get(path, HTML)).headers['permissions-policy'];
    expect(await policyAt('/share')).toContain('display-capture=(self)');
    for (const path of ['/', '/nowhere', '/share/x']) expect(await policyAt(path)).toContain('display-capture=()');
    expect(await policyAt('/share')).toContain('camera=()');
  });

  it('is a page that says 404 where a person asks for what is none, and an error to programs', async () => {
    for (const path of ['/nowhere', '/devices/', '/devices/a/b', '/Share', '/docs/x']) {
      const page = await get(path, HTML);
      expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html;charset=utf-8']);
      const error = await get(path, { accept: '*/*' });
      expect([error.status, error.body.error.code]).toEqual([404, 'ResourceNotFound']);
    }
  });

  it('is not told to a host that is not ours', async () => {
    const { status, body } = await get('/', { host: 'evil.example' });
    expect([status, body.error.target]).toEqual([400, 'Host']);
  });

  it('has headers alone for HEAD, and takes nothing that is sent', async () => {
    const head = await api.ask('HEAD', '/', { token: '' });
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers['content-length'])).toBeGreaterThan(50);
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await api.ask(method, '/', { token: '' })).status).toBe(404);
  });
});

describe('an asset of the console', () => {
  it('is kept for ever under its hashed name, and comes compressed as the browser likes', async () => {
    const answers = await Promise.all(
      ['gzip, deflate, br', 'gzip', 'br;q=0, gzip;q=0', ''].map(async (accepted) => {
        const { headers, rawPayload } = await api.http.inject({
          url: '/assets/index-1a2b.js',
          headers: { host: 'localhost', 'accept-encoding': accepted },
        });
        expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
        expect(headers['content-type']).toBe('text/javascript;charset=utf-8');
        expect(headers.vary).toBe('accept-encoding');
        expect(headers['x-content-type-options']).toBe('nosniff');
        return { coding: headers['content-encoding'], rawPayload };
      }),
    );
    expect(answers.map(({ coding }) => coding)).toEqual(['br', 'gzip', undefined, undefined]);
    const [br, gzip, plain] = answers.map(({ rawPayload }) => rawPayload);
    expect(brotliDecompressSync(br as Buffer).toString()).toBe(SCRIPT);
    expect(gunzipSync(gzip as Buffer).toString()).toBe(SCRIPT);
    expect(plain?.toString()).toBe(SCRIPT);
  });

  it('may change where its name does not', async () => {
    expect((await get('/icon.svg')).headers['cache-control']).toBe('public, max-age=3600');
  });

  it.each([
    '/assets/../secret.js',
    '/assets/..%2f..%2fsecret.js',
    '/assets/%2e%2e/%2e%2e/secret.js',
    '/assets/..\\..\\secret.js',
    '/../secret.js',
    '//secret.js',
    '/assets/link.js',
    '/assets/index-1a2b.js%00',
    '/assets/index-1a2b.js/',
    '/assets/index-1a2b.js.br',
    '/assets',
    '/assets/',
    '/routes.json',
    '/first-load.json',
    '/index.html',
    '/assets/constructor',
    '/__proto__',
  ])('is none at %s, and nothing of the disk is shown', async (path) => {
    const { status, text } = await sendRaw(
      port,
      `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: */*\r\nConnection: close\r\n\r\n`,
    );
    expect([400, 404]).toContain(status);
    expect(text).not.toContain('secret');
    expect(text).not.toContain('the console');
  });
});

describe('what the console is told', () => {
  it('is where to sign in; it stands in the document, and is never markup', async () => {
    const { text } = await get('/');
    const content = /<meta name="settings" content="([^"<>']*)">/.exec(text)?.[1] ?? '';
    const told = content.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
    expect(JSON.parse(told)).toEqual(ISSUER);
  });
});

describe('a console that is not built', () => {
  it('says how to build it, and is served as soon as it is; a new build takes its place', async () => {
    const dist = join(folder, 'later');
    const late = await openApi({ console: { files: new ConsoleFiles(dist), settingsAt: () => ISSUER, reaches: [] } });
    const ask = (accept = '*/*') => late.ask('GET', '/', { token: '', headers: { accept } });
    const missing = await ask();
    expect([missing.status, missing.headers['retry-after']]).toEqual([503, '60']);
    expect(missing.text).toContain('npm run build');
    expect((await late.ask('GET', '/devices/a', { token: '', headers: HTML })).text).toContain('npm run build');
    expect((await late.ask('GET', '/devices/a', { token: '' })).status).toBe(404);
    await mkdir(dist);
    await writeFile(join(dist, 'index.html'), 'first');
    await writeFile(join(dist, 'routes.json'), '{"/":"index.html"}');
    expect((await ask()).text).toBe('first');
    await writeFile(join(dist, 'index.html'), 'second');
    await utimes(join(dist, 'routes.json'), 1, 1);
    expect((await ask()).text).toBe('second');
    await rm(join(dist, 'index.html'));
    await utimes(join(dist, 'routes.json'), 2, 2);
    expect((await ask()).status).toBe(503);
    await late.close();
  });
});
