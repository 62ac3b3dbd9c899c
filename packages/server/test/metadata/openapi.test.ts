import { createExample, extendExample, model, requestAccessExample, retrieveExample } from '@open-remote-help/protocol';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { openApi } from '../../src/odata/openapi.ts';

interface MediaType {
  readonly 'application/json': { example?: Record<string, unknown>; schema: Record<string, unknown> };
}
interface Operation {
  operationId: string;
  readonly security: readonly Record<string, readonly string[]>[];
  readonly requestBody?: { readonly content: MediaType };
  readonly responses: Record<string, { content?: MediaType; description?: string }>;
}
interface Document {
  readonly paths: Record<string, Record<string, Operation>>;
}

const options = { serverUrl: 'https://host/beta', version: '1.2.3' };
const document = openApi(model, options) as unknown as Document;
const EXTENSION = '/ExtendRemoteHelpSessionResponse/{extendRemoteHelpSessionResponse-id}';

/** What Redocly's strict rules find: structure, references, parameters, security, and examples against their schemas. */
async function problems(checked: unknown): Promise<readonly string[]> {
  const config = await createConfig({
    extends: ['recommended-strict'],
    rules: {
      'no-invalid-media-type-examples': 'error',
      'no-invalid-schema-examples': 'error',
      'no-invalid-parameter-examples': 'error',
    },
  });
  const found = await lintFromString({ source: JSON.stringify(checked), absoluteRef: 'openapi.json', config });
  return found.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

function operationAt(path: string, method: string): Operation {
  const operation = document.paths[path]?.[method];
  if (!operation) throw new Error(`no ${method} ${path}`);
  return operation;
}

describe('OpenAPI document', () => {
  it('is valid OpenAPI 3.1, its examples fit their schemas', async () => {
    expect(document).toMatchObject({ openapi: '3.1.0', servers: [{ url: options.serverUrl }] });
    expect(await problems(document)).toEqual([]);
  });

  it.each(model.sets.map((set) => [set.path, set] as const))('serves each verb of %s and no other', (path, set) => {
    const item = set.isSingleton ? `/${path}` : `/${path}/{${set.type.baseType ?? set.type.name}-id}`;
    const has = (at: string, method: string) => document.paths[at]?.[method] !== undefined;
    const served = {
      list: !set.isSingleton && has(`/${path}`, 'get'),
      create: has(`/${path}`, 'post'),
      get: has(item, 'get'),
      update: has(item, 'patch'),
      delete: has(item, 'delete'),
    };
    const declared = Object.fromEntries(Object.keys(served).map((verb) => [verb, set.verbs.includes(verb as 'get')]));
    expect(served).toEqual(declared);
    for (const key of set.type.alternateKeys) {
      expect(Object.keys(document.paths[`/${path}(${key}='{${key}}')`] ?? {})).toContain(
        set.verbs.includes('update') ? 'patch' : 'get',
      );
    }
  });

  it('says which permissions will do, any one of them, least privileged first', () => {
    const { security } = operationAt(EXTENSION, 'patch');
    expect(security).toEqual([
      { bearer: ['DeviceManagementServiceConfig.ReadWrite.All'] },
      { bearer: ['DeviceManagementConfiguration.ReadWrite.All'] },
    ]);
    expect(operationAt('/$metadata', 'get').security).toEqual([]);
  });

  it.each([
    ['ExtendRemoteHelpSessionResponse', extendExample],
    ['CreateRemoteHelpSessionResponse', createExample],
    ['RequestRemoteHelpSessionAccessResponse', requestAccessExample],
    ['RemoteHelpSessionRetrieveResponse', retrieveExample],
  ])('shows the documented example of %s', (path, example) => {
    const { requestBody, responses } = operationAt(`/${path}`, 'post');
    expect(requestBody?.content['application/json'].example).toEqual(example);
    expect(responses[201]?.content?.['application/json'].example).toMatchObject({ ...example, id: expect.any(String) });
  });

  // ODATA-67
  it('describes parameters and results of operations, also of those bound to a container', () => {
    const device = '/deviceManagement/managedDevices/{managedDevice-id}';
    const created = operationAt(`${device}/createRemoteHelpSession`, 'post');
    const { schema } = created.requestBody?.content['application/json'] ?? {};
    expect(schema).toMatchObject({ required: ['sessionType'] });
    const members = ['sessionType', '@openRemoteHelp.reason', '@openRemoteHelp.ticket'];
    expect(Object.keys((schema as { properties: object }).properties)).toEqual(members);
    const names = ['sharerAadDeviceId', 'sharerDeviceIntuneMDMEnrolled', 'sharerId', 'sharerTenantId'];
    const path = Object.keys(document.paths).find((each) => each.includes('getAllowedRemoteAssistanceActions')) ?? '';
    for (const name of names) expect(path).toContain(`{${name}}`);
    expect(operationAt(path, 'get').responses[200]?.content?.['application/json'].schema).toMatchObject({
      required: ['value'],
    });
  });

  it('binds the operations of partners, and has $batch', () => {
    const partner = '/deviceManagement/remoteAssistancePartners/{remoteAssistancePartner-id}';
    expect(Object.keys(operationAt(`${partner}/beginOnboarding`, 'post').responses)).toContain('204');
    expect(operationAt('/$batch', 'post').requestBody?.content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/batchRequest',
    });
  });
});

describe('the judge of the OpenAPI document', () => {
  const plant = (damage: (copy: Document) => void) => {
    const copy = structuredClone(document);
    damage(copy);
    return problems(copy);
  };
  const patch = (copy: Document) => copy.paths[EXTENSION]?.patch as Operation;
  const sent = (copy: Document) =>
    patch(copy).requestBody?.content['application/json'].example as { [key: string]: unknown };

  it.each<[string, string, (copy: Document) => void]>([
    [
      'a schema that is not there',
      'no-unresolved-refs',
      (copy) => {
        patch(copy).responses[200] = {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/x' } } },
          description: '',
        };
      },
    ],
    [
      'a path parameter that is not declared',
      'path-parameters-defined',
      (copy) => {
        Object.assign(copy.paths[EXTENSION] ?? {}, { parameters: [] });
      },
    ],
    [
      'an operationId that stands twice',
      'operation-operationId-unique',
      (copy) => {
        patch(copy).operationId = operationAt(EXTENSION, 'get').operationId;
      },
    ],
    [
      'a member that OpenAPI does not have',
      'struct',
      (copy) => {
        Object.assign(patch(copy), { colour: 'red' });
      },
    ],
    [
      'a value of the wrong type in an example',
      'no-invalid-media-type-examples',
      (copy) => {
        sent(copy).sessionKey = 7;
      },
    ],
    [
      'an undeclared member in an example',
      'no-invalid-media-type-examples',
      (copy) => {
        sent(copy).sessionColour = 'red';
      },
    ],
    [
      'no date in an example',
      'no-invalid-media-type-examples',
      (copy) => {
        sent(copy).sessionExpirationDateTime = 'tomorrow';
      },
    ],
  ])('refuses %s', async (_, rule, damage) => {
    expect(await plant(damage)).toContainEqual(expect.stringContaining(`${rule}:`));
  });
});
