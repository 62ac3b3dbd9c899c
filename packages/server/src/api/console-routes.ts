/** Serves the console at `/`: its documents, each under a policy and a nonce of its own and with what it may know, and its assets. */
import { randomBytes } from 'node:crypto';
import type { ConsoleSignIn } from '../access/web-console.ts';
import { DomainError } from '../errors.ts';
import { escaped, html } from '../html.ts';
import { type Asset, CONTENT_CODINGS, type ConsoleFiles } from './console-files.ts';
import { documentHeaders } from './console-policy.ts';

/** What the routes work with. */
export interface ConsoleEdge {
  readonly files: ConsoleFiles;
  /** What the page is told; nothing of it is secret. @param origin scheme and host that the page was asked at */
  readonly settingsAt: (origin: string) => ConsoleSignIn;
  /** Origins that the page speaks to besides its own. */
  readonly reaches: readonly string[];
}

/** A request as these routes read it. */
export interface ConsoleRequest {
  /** As it was sent, without query. */
  readonly path: string;
  readonly origin: string;
  readonly accept: string;
  readonly acceptEncoding: string;
}

/** An answer; the body is left out for HEAD by the caller. */
export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** The route's template, for log and metrics. */
  readonly route: string;
}

/** The page that shares a screen. */
const SHARE = '/share';
const ONE_YEAR_S = 365 * 24 * 3_600;
const ONE_HOUR_S = 3_600;

/** Answers a GET or HEAD of anything that nothing else serves. @throws DomainError `notFound` where this serves nothing either */
export async function answerConsole(edge: ConsoleEdge, request: ConsoleRequest): Promise<ConsoleAnswer> {
  const build = await edge.files.current();
  if (!build) {
    if (request.path !== '/' && !wantsPage(request)) throw nothingHere();
    return notBuilt();
  }
  const asset = build.assets.get(request.path);
  if (asset) return assetAnswer(asset, request.acceptEncoding);
  const document = build.documentAt(request.path);
  if (document !== undefined) return documentAnswer(edge, request, { text: document, status: 200 });
  // A person who mistyped gets a page that says so; programs get the error of the API.
  if (wantsPage(request)) return documentAnswer(edge, request, { text: build.otherwise, status: 404 });
  throw nothingHere();
}

/** The refusal of a path that nothing serves. */
export function nothingHere(): DomainError {
  return new DomainError('notFound', 'Nothing is served here. The API lies below /beta.');
}

function wantsPage({ accept, path }: ConsoleRequest): boolean {
  return /\btext\/html\b/.test(accept) && !path.startsWith('/assets/');
}

function documentAnswer(
  { reaches, settingsAt }: ConsoleEdge,
  { origin, path }: ConsoleRequest,
  { text, status }: { readonly text: string; readonly status: number },
): ConsoleAnswer {
  const nonce = randomBytes(16).toString('base64');
  const headers = documentHeaders({ nonce, origin, reaches, mayCapture: path === SHARE && status === 200 });
  const settings = escaped(JSON.stringify(settingsAt(origin)));
  const body = text.replaceAll('{{nonce}}', nonce).replace('{{settings}}', () => settings);
  return { status, headers, body, route: '/console' };
}

function assetAnswer({ contentType, isHashed, bodies }: Asset, acceptEncoding: string): ConsoleAnswer {
  const coding = CONTENT_CODINGS.find((name) => bodies[name] && accepts(acceptEncoding, name)) ?? 'identity';
  return {
    status: 200,
    headers: {
      'content-type': contentType,
      'cache-control': isHashed ? `public, max-age=${ONE_YEAR_S}, immutable` : `public, max-age=${ONE_HOUR_S}`,
      'cross-origin-resource-policy': 'same-origin',
      vary: 'accept-encoding',
      ...(coding === 'identity' ? {} : { 'content-encoding': coding }),
    },
    body: bodies[coding] ?? bodies.identity,
    route: '/assets/…',
  };
}

/** Whether a coding is named and not refused (RFC 9110, 12.5.3); `*` is not read: identity will do. */
function accepts(acceptEncoding: string, coding: string): boolean {
  return acceptEncoding
    .split(',')
    .map((part) => part.trim().toLowerCase())
    .some((part) => part.split(/\s*;/)[0] === coding && !/;\s*q=0(?:\.0*)?$/.test(part));
}

function notBuilt(): ConsoleAnswer {
  const { text } = html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Open Remote Help</title>
<h1>The console is not built</h1>
<p>Run <code>npm run build</code> in the folder of the installation. <code>npm start</code> does so by itself.</p>
<p>The API is served all the same: see its <a href="/docs">reference</a>.</p>
</html>
`;
  return {
    status: 503,
    headers: {
      'content-type': 'text/html;charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'retry-after': '60',
    },
    body: text,
    route: '/console',
  };
}
