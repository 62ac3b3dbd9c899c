/** Whatever is sent, the answer is no 5xx and no bug is logged; on either store. */
import { type EntitySet, examples, model } from '@open-remote-help/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSkipToken, parseQueryOptions } from '../../src/odata/query-options.ts';
import type { Cursor } from '../../src/store/store.ts';
import {
  anySet,
  headers,
  json,
  names,
  nasty,
  OID,
  path,
  pathOf,
  query,
  setNamed,
  someOf,
  writableSet,
} from './arbitrary-request.ts';
import type { Answer, Api, Ask } from './harness.ts';

/** Enough runs for each property, cut short on a slow machine. */
export const RUNS = { numRuns: 400, interruptAfterTimeLimit: 3_000 } as const;

/** @param open opens the API on the store; called once */
export function describeNever500(store: string, open: () => Promise<Api>): void {
  let api: Api;
  /** An entity of each set that can be written. */
  const ids = new Map<string, string>();

  beforeAll(async () => {
    api = await open();
    // Who may not invite is refused all the same, whatever he sends.
    const writable = model.sets.filter(({ name, verbs }) => verbs.includes('create') && name !== 'invitations');
    for (const set of writable) {
      for (const sessionKey of ['a', 'b', 'c']) {
        const example = examples[set.name];
        const body = example ? { ...example, sessionKey } : set.name === 'managedDevices' ? { userId: OID } : {};
        const created = await api.ask('POST', pathOf(set), { body });
        expect(created.status).toBe(201);
        ids.set(set.name, created.body.id);
      }
    }
  });
  afterAll(() => api.close());

  async function soundAnswer(method: string, target: string, ask: Ask = {}): Promise<Answer> {
    const answer = await api.ask(method, target, ask);
    const { status, text } = answer;
    expect({ status: status < 500 ? 'sound' : status, text }).toEqual({ status: 'sound', text });
    expect(api.errors).toEqual([]);
    return answer;
  }

  async function expectSound(method: string, target: string, ask?: Ask): Promise<void> {
    await soundAnswer(method, target, ask);
  }

  describe(`no request gives a 5xx on ${store}`, () => {
    it('whatever the path, the method and the headers', async () => {
      const method = fc.constantFrom('GET', 'GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS', 'PROPFIND');
      await fc.assert(
        fc.asyncProperty(method, path, headers, (verb, target, fields) =>
          expectSound(verb, target, { headers: fields, ...(verb === 'PATCH' ? { body: '{}' } : {}) }),
        ),
        RUNS,
      );
    });

    it('whatever the query', async () => {
      const suffix = fc.constantFrom('', '', '/$count', '/x');
      await fc.assert(
        fc.asyncProperty(anySet, suffix, query, (set, below, text) =>
          expectSound('GET', `${pathOf(setNamed(set))}${below}?${text}`),
        ),
        { ...RUNS, numRuns: 1_000 },
      );
    });

    it('whatever the query, unencoded', async () => {
      const raw = fc.stringMatching(/^[\x21-\x7e]{0,60}$/);
      await fc.assert(
        fc.asyncProperty(anySet, raw, (set, text) => expectSound('GET', `${pathOf(setNamed(set))}?$filter=${text}`)),
        RUNS,
      );
    });

    it('whatever place in the list a forged $skiptoken names', async () => {
      const value = fc.oneof(nasty, fc.double(), fc.boolean(), fc.constant(null), fc.bigInt().map(String), json);
      const order = fc.constantFrom('', ...names.flatMap((name) => [name, `${name} desc`]));
      const cursor = fc.array(value, { minLength: 1, maxLength: 3 });
      await fc.assert(
        fc.asyncProperty(anySet, order, cursor, async (name, by, values) => {
          const set = setNamed(name);
          const own = by === '' || set.type.properties[by.replace(' desc', '')] ? by : '';
          const text = own === '' ? '' : `$orderby=${encodeURIComponent(own)}`;
          const token = forge(set, text, values as Cursor);
          if (token !== undefined) await expectSound('GET', `${pathOf(set)}?${text}&$skiptoken=${token}`);
        }),
        RUNS,
      );
    });

    it('whatever stands in a JSON body, and what is taken comes back', async () => {
      const odd = fc.dictionary(fc.oneof(fc.constantFrom(...names, '@odata.type', '__proto__'), nasty), json, {
        maxKeys: 2,
      });
      const others = fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: odd });
      const cases = writableSet.chain((name) => fc.tuple(fc.constant(name), someOf(setNamed(name)), others));
      await fc.assert(
        fc.asyncProperty(cases, fc.boolean(), async ([name, facts, odds], isNew) => {
          const set = setNamed(name);
          const body = JSON.stringify({ ...(isNew ? examples[name] : {}), ...facts, ...odds });
          const isPost = isNew && !set.isSingleton;
          const target = pathOf(set, isPost ? undefined : ids.get(name));
          const answer = await soundAnswer(isPost ? 'POST' : 'PATCH', target, { body });
          if (answer.status >= 300) return;
          expect((await api.ask('GET', pathOf(set, answer.body.id))).body).toEqual(answer.body);
        }),
        RUNS,
      );
    });

    it('whatever bytes the body holds, however they are said to be packed', async () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
        fc.json().map((text) => Buffer.from(text)),
        fc.tuple(fc.json(), fc.nat()).map(([text, at]) => Buffer.from(text).subarray(0, at % (text.length + 1))),
        fc.constant(Buffer.from('1f8b0800000000000003', 'hex')),
      );
      await fc.assert(
        fc.asyncProperty(anySet, bytes, headers, (set, body, fields) =>
          expectSound('POST', pathOf(setNamed(set)), { body, headers: fields }),
        ),
        RUNS,
      );
    });

    it('whatever a batch holds', async () => {
      const item = fc.record(
        {
          id: fc.oneof(fc.constantFrom('a', 'b', 'A'), json),
          method: fc.oneof(fc.constantFrom('GET', 'POST', 'PATCH', 'DELETE'), json),
          url: fc.oneof(
            path.map((text) => text.replace('/beta', '')),
            json,
          ),
          headers: fc.oneof(fc.constant({ 'Content-Type': 'application/json' }), fc.dictionary(nasty, json)),
          body: json,
          dependsOn: fc.oneof(fc.constantFrom([], ['a'], ['b']), json),
        },
        { requiredKeys: ['id', 'method', 'url'] },
      );
      await fc.assert(
        fc.asyncProperty(fc.oneof(fc.array(item, { maxLength: 3 }), json), async (requests) => {
          const { status, body } = await api.ask('POST', '/beta/$batch', { body: JSON.stringify({ requests }) });
          expect([200, 400]).toContain(status);
          const statuses = (body.responses ?? []).map((response: { status: number }) => response.status);
          expect(statuses.filter((inner: number) => inner >= 500)).toEqual([]);
          expect(api.errors).toEqual([]);
        }),
        RUNS,
      );
    });
  });
}

/** A token that passes for one of this list; undefined where the list can't be asked for at all. */
function forge(set: EntitySet, text: string, cursor: Cursor): string | undefined {
  try {
    return encodeSkipToken(cursor, parseQueryOptions(text, set.type, 'collection'));
  } catch {
    return undefined;
  }
}
