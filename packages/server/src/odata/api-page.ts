/** The API as one page for people: no script, nothing loaded from elsewhere, one style sheet under the caller's nonce. */
import type { EntitySet, Model } from '@open-remote-help/protocol';
import { ERROR_CODES, type ErrorCode } from '../errors.ts';
import { type Fill, Html, html } from '../html.ts';
import { breakable, complexSection, enumSection, resourceSection, row, table, typeId } from './api-page-parts.ts';
import { API_PAGE_STYLE } from './api-page-style.ts';
import { HTTP_ERRORS } from './error-body.ts';
import { modelTypes, servedSets } from './model-types.ts';
import { openApi } from './openapi.ts';
import { PARAMETERS } from './openapi-parts.ts';

/** What differs between answers. */
export interface ApiPageOptions {
  /** Of the `style-src` that the page is sent with. */
  readonly nonce: string;
  /** Scheme and host, without a slash at the end: `https://host`. */
  readonly serverUrl: string;
}

interface Entry {
  readonly id: string;
  readonly label: string;
}

interface Group {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** A complete HTML document. */
export function apiPage(model: Model, { nonce, serverUrl }: ApiPageOptions): string {
  const serviceRoot = `${serverUrl}/beta`;
  const document = openApi(model, { serverUrl: serviceRoot, version: '' });
  const sets = servedSets(model);
  const { enums, complexes } = modelTypes(model);
  const types = [...complexes, ...enums];
  const groups: readonly Group[] = [
    { title: 'Basics', entries: BASICS },
    ...setGroups(sets),
    { title: 'Types', entries: types.map((type) => ({ id: typeId(type), label: type.name })) },
  ];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Open Remote Help API</title>
<style nonce="${nonce}">${new Html(API_PAGE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<div class="layout">
<nav class="index" aria-label="Contents">
${groups.map(indexGroup)}</nav>
<main class="page" id="content">
<header>
<h1>Open Remote Help API</h1>
<p class="lead">Remote help over the Microsoft Graph remote-assistance API, served by <code>${serviceRoot}</code>.</p>
<p>For tools: <a href="/beta/$metadata">metadata (CSDL XML)</a>, <a href="/openapi.json">OpenAPI 3.1</a>, <a href="/beta">service document</a>.</p>
</header>
${basics(serviceRoot)}${sets.map((set) => resourceSection(set, model, document, serviceRoot))}${complexes.map(complexSection)}${enums.map(enumSection)}<footer>Made from the model that validates every request.</footer>
</main>
</div>
</body>
</html>
`.text;
}

function indexGroup({ title, entries }: Group): Html {
  const titleId = `index-${title}`;
  const items = entries.map(({ id, label }) => html`<li><a href="#${id}">${breakable(label)}</a></li>\n`);
  return html`<p id="${titleId}">${title}</p>\n<ul aria-labelledby="${titleId}">\n${items}</ul>\n`;
}

/** Sets by the container that holds them. */
function setGroups(sets: readonly EntitySet[]): readonly Group[] {
  const title = ({ path }: EntitySet) => (path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : 'Sessions');
  return [...Map.groupBy(sets, title)].map(([container, members]) => ({
    title: container,
    entries: members.map(({ name }) => ({ id: name, label: name })),
  }));
}

const BASICS: readonly Entry[] = [
  { id: 'first-request', label: 'First request' },
  { id: 'addresses', label: 'Addresses and formats' },
  { id: 'options', label: 'Query options and headers' },
  { id: 'batch', label: 'Batches' },
  { id: 'errors', label: 'Errors' },
];

function basics(serviceRoot: string): Html {
  return html`<section aria-labelledby="first-request">
<h2 id="first-request">First request</h2>
<p>Every request carries a bearer token whose <code>scp</code> (for a person) or <code>roles</code> (for an application) holds one of the permissions listed with each resource.</p>
<pre tabindex="0" aria-label="Command"><code>curl -H "Authorization: Bearer $TOKEN" ${serviceRoot}/ExtendRemoteHelpSessionResponse</code></pre>
</section>
<section aria-labelledby="addresses">
<h2 id="addresses">Addresses and formats</h2>
<p>Path segments match in any case. A key stands as <code>/{id}</code> or <code>('{id}')</code>, an alternate key as <code>(sessionKey='{sessionKey}')</code>. Bodies are JSON, and may be compressed with gzip.</p>
<p><code>Accept: application/json;odata.metadata=none</code>, <code>minimal</code> or <code>full</code> chooses how much control information comes along. Dates keep their seven fraction digits and their offset.</p>
</section>
<section aria-labelledby="options">
<h2 id="options">Query options and headers</h2>
${table('options', 'Parameters', ['Name', 'In', 'Meaning'], parameterRows())}</section>
<section aria-labelledby="batch">
<h2 id="batch">Batches</h2>
<p>POST up to 20 requests to <code>${serviceRoot}/$batch</code>. A request that names others in <code>dependsOn</code> waits for them, and answers 424 when one of them failed.</p>
</section>
<section aria-labelledby="errors">
<h2 id="errors">Errors</h2>
<p>Each refusal has a body with <code>error.code</code>, <code>error.message</code> and mostly <code>error.target</code>, the property, option or header at fault; <code>error.innerError</code> holds the request ids.</p>
${table('errors', 'Refusals', ['Status', 'Code', 'Meaning'], errorRows())}</section>
`;
}

function parameterRows(): readonly Html[] {
  return Object.values(PARAMETERS).map(({ name, in: place, description }) =>
    row(html`<code>${String(name)}</code>`, String(place), String(description)),
  );
}

function errorRows(): readonly Html[] {
  return Object.entries(ERROR_CODES)
    .map(([code, meaning]) => ({ ...HTTP_ERRORS[code as ErrorCode], meaning }))
    .sort((a, b) => a.status - b.status)
    .map(({ status, code, meaning }) => row(status, html`<code>${code}</code>`, prose(meaning)));
}

/** Text in which backticks mark code. */
function prose(text: string): Fill {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
