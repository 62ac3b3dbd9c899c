/** JSON batching (graph: json-batching): at most 20 requests, `dependsOn`, each with rights and throttling of its own. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../access/caller.ts';
import { DomainError } from '../errors.ts';
import { errorAnswer } from '../odata/error-body.ts';
import { clientRequestId, type GraphRequest, type GraphResponse, requireJson } from './graph-request.ts';

const MOST_REQUESTS = 20;
/** Answers of one batch hold about so many characters together: they become one text, and V8's longest has 2^29. */
const LARGEST_ANSWER = 32 * 1024 * 1024;
/** Each read may hold a whole page in memory until it is written. */
const READS_AT_ONCE = 4;
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'];

interface Item {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly dependsOn: readonly string[];
}

/** An item's answer, as it stands among the responses. */
interface ItemResponse {
  readonly id: string;
  readonly status: number;
  /** JSON. */
  readonly text: string;
}

/** What an item waits for, and where its answer goes. */
interface Place {
  /** The answers of those that it depends on. */
  readonly before: readonly Promise<ItemResponse>[];
  /** Another read that has to be answered first. */
  readonly turn: Promise<ItemResponse> | undefined;
  readonly room: Room;
}

type Perform = (request: GraphRequest, caller: Caller) => Promise<GraphResponse>;

/** Runs the items of a batch through what serves single requests. */
export class Batch {
  readonly #perform: Perform;

  constructor(perform: Perform) {
    this.#perform = perform;
  }

  /** Runs independent items side by side, reads a few at a time, dependent ones after what they wait for. */
  async run(request: GraphRequest, caller: Caller): Promise<GraphResponse> {
    const items = readItems(await request.readBody());
    const running = new Map<string, Promise<ItemResponse>>();
    const reads: Promise<ItemResponse>[] = [];
    const room = new Room();
    for (const item of items) {
      const before = item.dependsOn.map((id) => running.get(id) as Promise<ItemResponse>);
      const turn = isRead(item) ? reads.at(-READS_AT_ONCE) : undefined;
      const response = this.#runItem(item, { before, turn, room }, request, caller);
      running.set(item.id.toLowerCase(), response);
      if (isRead(item)) reads.push(response);
    }
    const responses = await Promise.all(running.values());
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: `{"responses":[${responses.map(({ text }) => text).join(',')}]}`,
    };
  }

  async #runItem(item: Item, place: Place, outer: GraphRequest, caller: Caller): Promise<ItemResponse> {
    const request = itemRequest(item, outer);
    try {
      const [earlier] = await Promise.all([Promise.all(place.before), place.turn]);
      const failed = earlier.find(({ status }) => status >= 400);
      if (failed) {
        throw new DomainError(
          'failedDependency',
          `The request ${JSON.stringify(failed.id)} that this one depends on failed.`,
        );
      }
      place.room.require();
      const response = itemResponse(item, await this.#perform(request, caller));
      place.room.take(item, response);
      return response;
    } catch (error) {
      outer.report(error, request.ids);
      const { status, headers, body } = errorAnswer(error, request.ids, outer.now);
      return itemResponse(item, { status, headers: { ...headers, 'content-type': 'application/json' }, body });
    }
  }
}

/**
 * What is left of a batch's answer. Whoever finds no room may ask again: nothing was done, and the first answer of a
 * batch always fits.
 */
class Room {
  #chars = 0;

  /** @throws DomainError tooManyRequests once it is full */
  require(): void {
    if (this.#chars >= LARGEST_ANSWER) throw full();
  }

  /** @throws DomainError tooManyRequests for a read that does not fit any more; what was written is told always */
  take(item: Item, { text }: ItemResponse): void {
    const isTooMuch = isRead(item) && this.#chars > 0 && this.#chars + text.length > LARGEST_ANSWER;
    // To look for smaller ones behind it would read much for nothing.
    this.#chars = isTooMuch ? LARGEST_ANSWER : this.#chars + text.length;
    if (isTooMuch) throw full();
  }
}

function full(): DomainError {
  return new DomainError(
    'tooManyRequests',
    'The answers of this batch are too large together. Send this request again, in another batch.',
    { retryAfterSeconds: 1 },
  );
}

function isRead({ method }: Item): boolean {
  return method === 'GET';
}

function itemResponse({ id }: Item, { status, headers, body }: GraphResponse): ItemResponse {
  return { id, status, text: JSON.stringify({ id, status, headers: titleCased(headers), body }) };
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
