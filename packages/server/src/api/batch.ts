/** JSON batching (graph: json-batching): at most 20 requests, `dependsOn`, each with rights and throttling of its own. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../access/caller.ts';
import { DomainError } from '../errors.ts';
import { errorAnswer } from '../odata/error-body.ts';
import { clientRequestId, type GraphRequest, type GraphResponse, requireJson } from './graph-request.ts';

const MOST_REQUESTS = 20;
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];

interface Item {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly dependsOn: readonly string[];
}

interface ItemResponse {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

type Perform = (request: GraphRequest, caller: Caller) => Promise<GraphResponse>;

export class Batch {
  readonly #perform: Perform;

  constructor(perform: Perform) {
    this.#perform = perform;
  }

  /** Runs independent items side by side, dependent ones after what they wait for. */
  async run(request: GraphRequest, caller: Caller): Promise<GraphResponse> {
    const items = readItems(await request.readBody());
    const running = new Map<string, Promise<ItemResponse>>();
    for (const item of items) {
      const before = item.dependsOn.map((id) => running.get(id) as Promise<ItemResponse>);
      running.set(item.id.toLowerCase(), this.#runItem(item, before, request, caller));
    }
    const responses = await Promise.all(running.values());
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: { responses },
    };
  }

  async #runItem(
    item: Item,
    before: readonly Promise<ItemResponse>[],
    outer: GraphRequest,
    caller: Caller,
  ): Promise<ItemResponse> {
    const request = itemRequest(item, outer);
    try {
      const earlier = await Promise.all(before);
      const failed = earlier.find(({ status }) => status >= 400);
      if (failed) {
        throw new DomainError(
          'failedDependency',
          `The request ${JSON.stringify(failed.id)} that this one depends on failed.`,
        );
      }
      const { status, headers, body } = await this.#perform(request, caller);
      return { id: item.id, status, headers: titleCased(headers), ...(body === undefined ? {} : { body }) };
    } catch (error) {
      outer.report(error, request.ids);
      const answer = errorAnswer(error, request.ids, outer.now);
      const headers = titleCased({ ...answer.headers, 'content-type': 'application/json' });
      return { id: item.id, status: answer.status, headers, body: answer.body };
    }
  }
}

function itemRequest(item: Item, outer: GraphRequest): GraphRequest {
  const [path = '', query = ''] = split(item.url.startsWith('/') ? item.url : `/${item.url}`, '?');
  const requestId = randomUUID();
  return {
    method: item.method,
    // The JavaScript client cuts scheme and host off an absolute URL, and leaves the version there.
    path: path.replace(/^\/beta(?=\/)/i, ''),
    query,
    header: (name) => item.headers[name],
    readBody: async () => {
      requireJson(item.headers['content-type']);
      return item.body;
    },
    serviceRoot: outer.serviceRoot,
    ids: {
      requestId,
      clientRequestId: clientRequestId(item.headers['client-request-id'], outer.ids.clientRequestId),
    },
    remoteAddress: outer.remoteAddress,
    now: outer.now,
    report: outer.report,
  };
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** The JavaScript client re-serialises bodies only when it finds `Content-Type` spelt exactly so. */
function titleCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase()),
      value,
    ]),
  );
}

function readItems(body: unknown): Item[] {
  const requests = isObject(body) ? body.requests : undefined;
  if (!Array.isArray(requests)) throw refused('requests', 'The body must be an object with an array "requests".');
  if (requests.length === 0) throw refused('requests', 'The batch holds no requests.');
  if (requests.length > MOST_REQUESTS) throw refused('requests', `A batch holds at most ${MOST_REQUESTS} requests.`);
  const seen = new Set<string>();
  return requests.map((request: unknown, index) => {
    const item = readItem(request, `requests[${index}]`);
    const id = item.id.toLowerCase();
    if (seen.has(id)) throw refused(`requests[${index}]/id`, `The id ${JSON.stringify(item.id)} stands twice.`);
    // Only earlier items can be waited for, so there are no circles.
    const missing = item.dependsOn.find((name) => !seen.has(name));
    if (missing !== undefined) {
      throw refused(
        `requests[${index}]/dependsOn`,
        `dependsOn names ${JSON.stringify(missing)}, which is no earlier request.`,
      );
    }
    seen.add(id);
    return item;
  });
}

function readItem(request: unknown, at: string): Item {
  if (!isObject(request)) throw refused(at, `${at} must be an object.`);
  const { id, method, url, headers = {}, body, dependsOn = [] } = request;
  if (typeof id !== 'string' || id === '') throw refused(`${at}/id`, `${at} needs an id.`);
  const verb = typeof method === 'string' ? method.toUpperCase() : '';
  if (!METHODS.includes(verb)) throw refused(`${at}/method`, `${at} needs a method out of ${METHODS.join(', ')}.`);
  if (typeof url !== 'string' || url === '')
    throw refused(`${at}/url`, `${at} needs a url relative to the service root.`);
  if (!isObject(headers) || Object.values(headers).some((value) => typeof value !== 'string')) {
    throw refused(`${at}/headers`, `${at} needs headers as an object of strings.`);
  }
  const lowerCased = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value as string]),
  );
  if (body !== undefined && !lowerCased['content-type']) {
    throw refused(`${at}/headers`, `${at} has a body and so needs a Content-Type.`);
  }
  if (!Array.isArray(dependsOn) || dependsOn.some((name) => typeof name !== 'string')) {
    throw refused(`${at}/dependsOn`, `${at} needs dependsOn as an array of ids.`);
  }
  return {
    id,
    method: verb,
    url,
    headers: lowerCased,
    body,
    dependsOn: dependsOn.map((name: string) => name.toLowerCase()),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(target: string, message: string): DomainError {
  return new DomainError('badRequest', message.toWellFormed().slice(0, 300), { target });
}
