/** Lists over HTTP: paging while rows come and go, the query options, and what they refuse. */
import { extendExample, model } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Api, openApi } from './harness.ts';

const ORIGIN = 'http://localhost:8080';
const SET = '/beta/ExtendRemoteHelpSessionResponse';
const DEVICES = '/beta/deviceManagement/managedDevices';

let api: Api;

beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function create(sessionKey: string, facts: object = {}): Promise<void> {
  expect((await api.ask('POST', SET, { body: { ...extendExample, sessionKey, ...facts } })).status).toBe(201);
}

async function enter(devices: readonly object[]): Promise<void> {
  for (const body of devices) expect((await api.ask('POST', DEVICES, { body })).status).toBe(201);
}

/** Asks for a list and returns one member of each entity. */
async function listed(path: string, member: string): Promise<unknown[]> {
  const { status, body } = await api.ask('GET', path);
  expect(status).toBe(200);
  return body.value.map((entity: Record<string, unknown>) => entity[member]);
}

/** Follows next links to the end; `between` runs after each page but the last. */
async function pages(
  path: string,
  headers: Record<string, string> = {},
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<Answer[]> {
  const all: Answer[] = [];
  for (let next: string | undefined = path; next; ) {
    const page = await api.ask('GET', next, { headers });
    expect(page.status).toBe(200);
    all.push(page);
    const link: string | undefined = page.body['@odata.nextLink'];
    if (link !== undefined) {
      expect(link.startsWith(`${ORIGIN}/beta/`)).toBe(true);
      await between(all.length);
    }
    next = link?.slice(ORIGIN.length);
    if (all.length > 100) throw new Error('The pages have no end.');
  }
  return all;
}

function keysOf(answers: readonly Answer[]): string[] {
  return answers.flatMap(({ body }) => body.value.map(({ sessionKey }: { sessionKey: string }) => sessionKey));
}

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

describe('paging', () => {
  // ODATA-45
  it.each([
    ['$top', '?$top=3', {}],
    ['odata.maxpagesize', '', { prefer: 'odata.maxpagesize=3' }],
    ['the smaller of both', '?$top=5', { prefer: 'maxpagesize=3' }],
  ])('makes pages of %s with a next link on all but the last', async (_, query, headers) => {
    for (const key of KEYS) await create(key);
    const all = await pages(`${SET}${query}`, headers);
    expect(all.map(({ body }) => body.value.length)).toEqual([3, 3, 1]);
    expect(keysOf(all)).toEqual(KEYS);
  });

  // ODATA-45
  it('makes pages of 100 unasked, and none empty when the last is full', async () => {
    for (let i = 0; i < 200; i++) await create(`k${i}`);
    const all = await pages(SET);
    expect(all.map(({ body }) => body.value.length)).toEqual([100, 100]);
  });

  // ODATA-46
  it.each([
    ['', KEYS],
    ['&$orderby=sessionKey desc', KEYS.toReversed()],
    ['&$orderby=sessionExpirationDateTime desc,sessionKey', KEYS],
  ])('shows what stays exactly once while others come and go, ordered by "%s"', async (order, expected) => {
    for (const key of KEYS) await create(key);
    const [shown, next, gone] = expected as [string, string, string];
    const all = await pages(`${SET}?$top=2${encodeURI(order)}`, {}, async (page) => {
      if (page > 1) return;
      // One that was shown and one that was not go; others come before and behind the place where the list stands.
      for (const key of [shown, gone]) await api.ask('DELETE', `${SET}(sessionKey='${key}')`);
      for (const key of ['0', 'zz']) await create(key);
    });
    const keys = keysOf(all);
    expect(keys.filter((key) => KEYS.includes(key))).toEqual([shown, next, ...expected.slice(3)]);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('goes on behind a row that was deleted after it closed a page', async () => {
    for (const key of KEYS) await create(key);
    const all = await pages(`${SET}?$top=2&$orderby=sessionKey`, {}, async (page) => {
      if (page === 1) await api.ask('DELETE', `${SET}(sessionKey='b')`);
    });
    expect(keysOf(all)).toEqual(KEYS);
  });

  // ODATA-46, ODATA-48
  it('keeps the other options in the next link and counts on the first page only', async () => {
    for (const key of KEYS) await create(key);
    const query = "$select=sessionKey&$filter=sessionKey ne 'c'&$orderby=sessionKey desc&$count=true&$top=2&$skip=1";
    const all = await pages(`${SET}?${query.replaceAll(' ', '%20')}`, {
      accept: 'application/json;odata.metadata=none',
    });
    expect(all.map(({ body }) => body['@odata.count'])).toEqual([6, undefined, undefined]);
    expect(keysOf(all)).toEqual(['f', 'e', 'd', 'b', 'a']);
    for (const { body } of all) {
      for (const entity of body.value) expect(Object.keys(entity)).toEqual(['sessionKey']);
      const link = body['@odata.nextLink'];
      if (link === undefined) continue;
      const options = new URL(link).searchParams;
      expect([...options.keys()]).toEqual(['$select', '$filter', '$orderby', '$count', '$top', '$skiptoken']);
      expect(options.get('$filter')).toBe("sessionKey ne 'c'");
    }
  });

  it('links to the view that was asked', async () => {
    await enter([
      { deviceName: 'one', userId: 'u(1)/x' },
      { deviceName: 'two', userId: 'u(1)/x' },
      { deviceName: 'three', userId: 'another' },
    ]);
    const path = "/beta/users('u(1)%2Fx')/managedDevices?$top=1&$select=deviceName";
    const all = await pages(path);
    expect(all[0]?.body['@odata.nextLink']).toContain('/beta/users/u(1)%2Fx/managedDevices?$top=1&$select=deviceName&');
    expect(all.flatMap(({ body }) => body.value.map((device: { deviceName: string }) => device.deviceName))).toEqual([
      'one',
      'two',
    ]);
  });

  // ODATA-47
  it.each([
    ['cut', (token: string) => token.slice(0, -2)],
    ['changed', (token: string) => `${token.startsWith('V') ? 'W' : 'V'}${token.slice(1)}`],
    ['something else', () => 'abc'],
    ['empty', () => ''],
  ])('refuses a $skiptoken that is %s', async (_, mangle) => {
    for (const key of ['a', 'b']) await create(key);
    const { body } = await api.ask('GET', `${SET}?$top=1`);
    const token = new URL(body['@odata.nextLink']).searchParams.get('$skiptoken') as string;
    expect((await api.ask('GET', `${SET}?$top=1&$skiptoken=${token}`)).status).toBe(200);
    const answer = await api.ask('GET', `${SET}?$top=1&$skiptoken=${mangle(token)}`);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'BadRequest', target: '$skiptoken' });
  });

  // ODATA-43
  it('refuses to go on after a value that no URL could hold, and goes on by a shorter one', async () => {
    await enter(
      ['a', 'b', 'c'].map((name) => ({ deviceName: name, notes: name.repeat(20_000), model: name.repeat(1_024) })),
    );
    const answer = await api.ask('GET', `${DEVICES}?$top=1&$orderby=notes`);
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'BadRequest', target: '$orderby' } } });
    expect((await api.ask('GET', `${DEVICES}?$orderby=notes`)).body.value).toHaveLength(3);
    const all = await pages(`${DEVICES}?$top=1&$orderby=model%20desc&$select=deviceName`);
    expect(all.map(({ body }) => body.value[0].deviceName)).toEqual(['c', 'b', 'a']);
  });

  // ODATA-47
  it('refuses the $skiptoken of a list with another filter, order or type', async () => {
    for (const key of ['a', 'b']) await create(key);
    const { body } = await api.ask('GET', `${SET}?$top=1`);
    const token = new URL(body['@odata.nextLink']).searchParams.get('$skiptoken');
    for (const path of [`${SET}?$filter=true`, `${SET}?$orderby=sessionKey`, `${DEVICES}?`]) {
      const answer = await api.ask('GET', `${path}&$skiptoken=${token}`);
      expect(answer).toMatchObject({ status: 400, body: { error: { target: '$skiptoken' } } });
    }
  });
});

describe('query options', () => {
  beforeEach(() =>
    enter([
      { deviceName: 'Anna', operatingSystem: 'Windows', complianceState: 'compliant', notes: 'red laptop' },
      { deviceName: 'anna', operatingSystem: 'macOS', complianceState: 'noncompliant', isEncrypted: true },
      { deviceName: 'Berta', operatingSystem: 'Windows', lastSyncDateTime: '2020-01-01T00:30:00+02:00' },
      { operatingSystem: 'Linux', physicalMemoryInBytes: 9007199254740991 },
    ]),
  );

  it.each([
    ["$filter=deviceName eq 'Anna'", ['Anna']],
    ["$filter=tolower(deviceName) eq 'anna'", ['Anna', 'anna']],
    ["$filter=complianceState eq 'compliant' or isEncrypted", ['Anna', 'anna']],
    ["$filter=operatingSystem in ('Linux','macOS')", ['anna', null]],
    ['$filter=deviceName eq null', [null]],
    ['$filter=year(lastSyncDateTime) eq 2020', ['Berta']],
    ['$filter=lastSyncDateTime ge 2019-12-31T22:30:00Z', ['Berta']],
    ['$filter=physicalMemoryInBytes gt 9007199254740990', [null]],
    ["$filter=not (operatingSystem eq 'Windows') and deviceName ne null", ['anna']],
    ['$search=WINDOWS', ['Anna', 'Berta']],
    ['$search="red lap"', ['Anna']],
    ['$search="operatingSystem:mac"', ['anna']],
    ['$orderby=deviceName', [null, 'Anna', 'Berta', 'anna']],
    ['$orderby=deviceName desc', ['anna', 'Berta', 'Anna', null]],
    ['$orderby=operatingSystem desc,deviceName desc', ['anna', 'Berta', 'Anna', null]],
    ['$skip=2', ['Berta', null]],
    ['$skip=9', []],
    ['$top=0', []],
  ])('%s', async (option, expected) => {
    const path = `${DEVICES}?${encodeURI(option)}`;
    expect(await listed(path, 'deviceName')).toEqual(expected);
    // The $ may be left out on /beta, or come percent-encoded.
    expect(await listed(path.replace('?$', '?'), 'deviceName')).toEqual(expected);
    expect(await listed(path.replace('?$', '?%24'), 'deviceName')).toEqual(expected);
  });

  // ODATA-34
  it('shows what $select names, with the entity id kept in reach by odata.metadata=full', async () => {
    const { body } = await api.ask('GET', `${DEVICES}?$select=deviceName,complianceState&$top=1`);
    expect(body['@odata.context']).toBe(
      `${ORIGIN}/beta/$metadata#deviceManagement/managedDevices(deviceName,complianceState)`,
    );
    expect(body.value).toEqual([
      {
        '@odata.type': '#microsoft.graph.managedDevice',
        '@odata.etag': 'W/"1"',
        deviceName: 'Anna',
        complianceState: 'compliant',
      },
    ]);
    const headers = { accept: 'application/json;odata.metadata=full' };
    const { body: full } = await api.ask('GET', `${DEVICES}?$select=deviceName&$top=1`, { headers });
    expect(full.value[0]['@odata.id']).toMatch(/managedDevices\/[0-9a-f-]{36}$/);
  });

  // ODATA-48
  it('counts with and beside the list', async () => {
    const filter = "$filter=operatingSystem eq 'Windows'".replaceAll(' ', '%20');
    const { body } = await api.ask('GET', `${DEVICES}?${filter}&$count=true&$top=1`);
    expect(body).toMatchObject({ '@odata.count': 2, value: [{ deviceName: 'Anna' }] });
    expect((await api.ask('GET', `${DEVICES}?$top=0&$count=true`)).body).toMatchObject({ '@odata.count': 4 });
    const count = await api.ask('GET', `${DEVICES}/$count?${filter}`);
    expect(count).toMatchObject({ status: 200, text: '2' });
    expect(count.headers['content-type']).toBe('text/plain;charset=utf-8');
    expect((await api.ask('GET', `${DEVICES}/%24count?search=anna`)).text).toBe('2');
  });

  it.each([
    ['$expand=users', '$expand'],
    ['expand=users', '$expand'],
    ['%24apply=x', '$apply'],
    ['$fancy=1', '$fancy'],
    ['$top=1000', '$top'],
    ['$top=-1', '$top'],
    ['$top=x', '$top'],
    ['$skip=1.5', '$skip'],
    ['$count=yes', '$count'],
    ['$select=nothing', '$select'],
    ['$top=1&$top=2', '$top'],
    ['$filter=%', '$filter'],
    ['$filter=deviceName%20eq', '$filter'],
    ['$orderby=deviceName%20up', '$orderby'],
    ['$search=(', '$search'],
    ['$format=xml', '$format'],
  ])('refuses %s and names %s', async (query, target) => {
    const answer = await api.ask('GET', `${DEVICES}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({ code: 'BadRequest', target });
  });

  // ODATA-42
  it.each([
    ["deviceName eq 'x' andd true", 19],
    ['deviceName eq', 14],
    ["nothing eq 'x'", 1],
    ["deviceName eq 'x", 15],
  ])('says where the trouble in $filter=%s is', async (filter, position) => {
    const { body } = await api.ask('GET', `${DEVICES}?$filter=${encodeURIComponent(filter)}`);
    expect(body.error.message).toContain(`at position ${position}:`);
  });

  it('passes over options of others, without $', async () => {
    expect((await api.ask('GET', `${DEVICES}?utm=1`)).status).toBe(200);
  });

  it.each(['$filter=true', '$top=1', '$count=true'])('refuses %s for a single entity', async (query) => {
    const { body } = await api.ask('GET', `${DEVICES}?$top=1`);
    const answer = await api.ask('GET', `${DEVICES}/${body.value[0].id}?${query}`);
    expect(answer.status).toBe(400);
    expect(answer.body.error.target).toBe(query.split('=')[0]);
  });
});

describe('secret properties', () => {
  const secrets = model.sets.flatMap(({ path, type }) =>
    Object.entries(type.properties).flatMap(([name, { isSecret }]) =>
      isSecret ? [{ path: `/beta/${path}`, name }] : [],
    ),
  );

  // ODATA-35
  it.each(secrets)('$name of $path stays out of $filter, $orderby and $search', async ({ path, name }) => {
    const options = [
      `$filter=${name} eq 'x'`,
      `$filter=contains(${name},'x')`,
      `$orderby=${name}`,
      `$search="${name}:x"`,
    ];
    for (const option of options) {
      const answer = await api.ask('GET', `${path}?${encodeURI(option)}`);
      expect(answer.status).toBe(400);
      expect(answer.body.error).toMatchObject({ code: 'BadRequest', target: name });
    }
    expect((await api.ask('GET', `${path}/$count?$filter=${name}%20ne%20null`)).body.error.target).toBe(name);
    expect((await api.ask('GET', `${path}?$select=${name}`)).status).toBe(200);
  });

  it('are not found by $search without a name', async () => {
    await create('key', { acsHelperUserToken: 'canary' });
    expect(await listed(`${SET}?$search=canary`, 'sessionKey')).toEqual([]);
    expect(await listed(`${SET}?$search=KEY`, 'sessionKey')).toEqual(['key']);
  });

  it('are six, in three of the four response resources, the text of an enrolment token and the code of an invitation', () => {
    expect(secrets).toHaveLength(8);
  });
});
