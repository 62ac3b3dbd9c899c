/** Sections of the API page: a resource, a type, and what they have in common. */
import {
  type ComplexType,
  type EntitySet,
  type EnumType,
  type Model,
  type Permissions,
  type Property,
  type PropertyType,
  qualifiedName,
} from '@open-remote-help/protocol';
import { type Fill, type Html, html } from '../html.ts';
import { type Json, requestExample, responseExample } from './example.ts';
import type { OpenApiDocument } from './openapi.ts';

/** Examples of more members than this are folded away at first. */
const MOST_MEMBERS_SHOWN = 14;

/** A table that keyboards can scroll when it is wider than the page, named by its caption and its section. */
export function table(section: string, caption: string, headings: readonly string[], rows: readonly Html[]): Html {
  const id = `${section}-${caption.toLowerCase()}`;
  return html`<div class="scroll" role="region" aria-labelledby="${id} ${section}" tabindex="0">
<table class="${caption.toLowerCase()}">
<caption id="${id}">${caption}</caption>
<thead><tr>${headings.map((heading) => html`<th scope="col">${heading}</th>`)}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>
`;
}

/** A row whose first cell names it. */
export function row(heading: Fill, ...cells: readonly Fill[]): Html {
  return html`<tr><th scope="row">${heading}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`;
}

/** A name that may be broken before its capitals. */
export function breakable(name: string): Html {
  return html`${name.split(/(?<=[a-z])(?=[A-Z])/).map((part, index) => [index > 0 && html`<wbr>`, part])}`;
}

/** A set: its requests, permissions, properties and example. */
export function resourceSection(set: EntitySet, model: Model, document: OpenApiDocument, serviceRoot: string): Html {
  const { name, type, doc, viewOf } = set;
  const kind = `${set.isSingleton ? 'one in each tenant' : 'collection'} of ${qualifiedName(type)}`;
  return html`<section aria-labelledby="${name}">
<h2 id="${name}">${breakable(name)} <span class="kind">${kind}</span></h2>
<p>${doc}</p>
${requestsTable(set, document)}${permissionList(set)}${viewOf ? propertiesLink(viewOf) : propertiesTable(name, type.properties)}${exampleOf(set, model, serviceRoot)}</section>
`;
}

function requestsTable({ name }: EntitySet, document: OpenApiDocument): Html {
  const rows = Object.entries(document.paths).flatMap(([path, operations]) =>
    (['get', 'post', 'patch', 'delete'] as const).flatMap((method) => {
      const operation = operations[method];
      if (!operation?.tags.includes(name)) return [];
      const verb = method.toUpperCase();
      return [
        row(
          html`<span class="method ${verb}">${verb}</span>`,
          html`<code>${breakable(path)}</code>`,
          operation.summary,
        ),
      ];
    }),
  );
  return table(name, 'Requests', ['Method', 'Path', 'What it does'], rows);
}

function propertiesLink({ name }: EntitySet): Html {
  return html`<p>Its entities have the properties of <a href="#${name}-properties">${name}</a>.</p>\n`;
}

function permissionList({ name, permissions, verbs }: EntitySet): Html {
  const isWritten = verbs.some((verb) => verb !== 'list' && verb !== 'get');
  const written = html`<dt>To write, any of</dt><dd>${permissionNames(permissions.write)}</dd>\n`;
  return html`<h3 id="${name}-permissions">Permissions</h3>
<dl>
<dt>To read, any of</dt><dd>${permissionNames(permissions.read)}</dd>
${isWritten && written}</dl>
`;
}

function permissionNames(names: Permissions): Html {
  return html`<ol>${names.map((name) => html`<li><code>${name}</code></li>`)}</ol>`;
}

function propertiesTable(section: string, properties: Readonly<Record<string, Property>>): Html {
  const rows = Object.entries(properties).map(([name, property]) =>
    row(
      html`<code>${name}</code>`,
      typeLink(property.type, property.isCollection),
      property.isNullable ? 'yes' : 'no',
      [property.doc ?? '', ' ', notes(name, property)],
    ),
  );
  return table(section, 'Properties', ['Property', 'Type', 'Null', 'Notes'], rows);
}

function notes(name: string, property: Property): Html {
  const { isSecret, isComputed, isImmutable, maxLength, defaultValue } = property;
  const remarks = [
    name === 'id' && 'Key.',
    isComputed && 'Set by the server.',
    isImmutable && 'Set at creation only.',
    maxLength !== undefined && `At most ${maxLength} characters.`,
    defaultValue !== undefined && typeof defaultValue !== 'object' && `Default ${String(defaultValue)}.`,
  ].filter((remark) => remark !== false);
  return html`${isSecret && html`<span class="secret">Secret:</span> <span class="note">sealed at rest; not filtered, sorted or searched.</span> `}<span class="note">${remarks.join(' ')}</span>`;
}

function typeLink(type: PropertyType, isCollection: boolean): Html {
  const shown =
    type.kind === 'primitive'
      ? html`${type.name.replace('Edm.', '')}`
      : html`<a href="#${typeId(type)}">${breakable(type.name)}</a>`;
  return isCollection ? html`${shown} collection` : shown;
}

function exampleOf(set: EntitySet, model: Model, serviceRoot: string): Html {
  const answer = responseExample(set, serviceRoot);
  const path = `/beta/${set.path}`;
  const item = set.isSingleton ? path : `${path}/${answer.id}`;
  const isUpdated = set.verbs.includes('update');
  const head = isUpdated ? `PATCH ${item}\nContent-Type: application/json` : `GET ${item}`;
  const body = isUpdated ? `\n\n${pretty(requestExample(set, model, serviceRoot))}` : '';
  const isShown = Object.keys(answer).length <= MOST_MEMBERS_SHOWN;
  return html`<h3 id="${set.name}-example">Example</h3>
<details${isShown && html` open`}>
<summary>${isUpdated ? 'Update and its answer' : 'Request and its answer'}</summary>
<pre tabindex="0" aria-label="Request"><code>${head}
Authorization: Bearer …${body}</code></pre>
<pre tabindex="0" aria-label="Answer"><code>HTTP/1.1 200 OK
Content-Type: application/json

${pretty(answer)}</code></pre>
</details>
`;
}

function pretty(value: Json): string {
  return JSON.stringify(value, undefined, 2);
}

/** Where a type's section is. */
export function typeId(type: EnumType | ComplexType): string {
  return `type-${type.name}`;
}

/** A complex type and its properties. */
export function complexSection(type: ComplexType): Html {
  return html`<section aria-labelledby="${typeId(type)}">
<h2 id="${typeId(type)}">${breakable(type.name)} <span class="kind">complex type</span></h2>
<p>${type.doc}</p>
${propertiesTable(typeId(type), type.properties)}</section>
`;
}

/** An enumeration and its members. */
export function enumSection(type: EnumType): Html {
  const rows = Object.entries(type.members).map(([name, value]) => row(html`<code>${name}</code>`, value));
  return html`<section aria-labelledby="${typeId(type)}">
<h2 id="${typeId(type)}">${breakable(type.name)} <span class="kind">${type.isFlags ? 'flags' : 'enumeration'}</span></h2>
<p>${type.doc}${type.isFlags && ' Several members are written separated by commas.'}</p>
${table(typeId(type), 'Members', ['Member', 'Value'], rows)}</section>
`;
}
