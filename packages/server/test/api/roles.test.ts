/** Role definitions, the built-in ones among them, role assignments, and the operations that roles can allow. */
import { builtInRoles, resourceOperations } from '@open-remote-help/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Api, openApi } from './harness.ts';

const ROOT = 'http://localhost:8080/beta';
const DEFINITIONS = '/beta/deviceManagement/roleDefinitions';
const ASSIGNMENTS = '/beta/deviceManagement/roleAssignments';
const OPERATIONS = '/beta/deviceManagement/resourceOperations';
const HELP_DESK = '9e0cc482-82df-4ab2-a24c-0c23a3f52e1e';
const GROUP = '55555555-5555-4555-8555-555555555555';

let api: Api;

beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

async function define(displayName: string, token = 'full'): Promise<string> {
  const { body } = await api.ask('POST', DEFINITIONS, { body: { displayName }, token });
  return body.id;
}

describe('roleDefinitions', () => {
  const tierTwo = {
    '@odata.type': '#microsoft.graph.deviceAndAppManagementRoleDefinition',
    displayName: 'Tier 2',
    description: 'Sees screens.',
    rolePermissions: [
      {
        actions: [],
        resourceActions: [
          {
            allowedResourceActions: ['Microsoft.Intune_RemoteAssistanceApp_ViewScreen'],
            notAllowedResourceActions: [],
          },
        ],
      },
    ],
    roleScopeTagIds: ['0'],
  };

  // ODATA-61
  it.each(['full', 'other'])('hold the built-in roles from the start, for the tenant of "%s"', async (token) => {
    const { body } = await api.ask('GET', `${DEFINITIONS}?$orderby=id`, { token });
    const expected = builtInRoles.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    expect(body.value).toEqual(expected.map((role) => expect.objectContaining(role)));
    expect((await api.ask('GET', `${DEFINITIONS}/${HELP_DESK}`, { token })).body.displayName).toBe(
      'Help Desk Operator',
    );
  });

  it('hold them also when the first request is for one of them, a count, or a new role', async () => {
    const firsts: [string, string, number][] = [
      ['GET', `${DEFINITIONS}('${HELP_DESK}')`, 200],
      ['GET', `${DEFINITIONS}/$count`, 200],
      ['POST', DEFINITIONS, 201],
    ];
    for (const [method, path, status] of firsts) {
      const fresh = await openApi();
      expect((await fresh.ask(method, path, method === 'POST' ? { body: tierTwo } : {})).status).toBe(status);
      const { text } = await fresh.ask('GET', `${DEFINITIONS}/$count?$filter=isBuiltIn`);
      expect(text).toBe(String(builtInRoles.length));
      await fresh.close();
    }
  });

  // ODATA-61
  it.each([
    ['PATCH', { displayName: 'Mine' }],
    ['PATCH', {}],
    ['DELETE', undefined],
  ])('refuse to %s a built-in role with 409', async (method, body) => {
    const answer = await api.ask(method, `${DEFINITIONS}/${HELP_DESK}`, body ? { body } : {});
    expect(answer).toMatchObject({ status: 409, body: { error: { code: 'Conflict', target: 'isBuiltIn' } } });
    const { body: role } = await api.ask('GET', `${DEFINITIONS}/${HELP_DESK}`);
    expect(role).toMatchObject({ '@odata.etag': 'W/"1"', displayName: 'Help Desk Operator' });
  });

  it('take roles of your own, which change and go', async () => {
    const created = await api.ask('POST', DEFINITIONS, { body: tierTwo });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      ...tierTwo,
      isBuiltIn: false,
      isBuiltInRoleDefinition: false,
      permissions: [],
    });
    const { id } = created.body;
    const patched = await api.ask('PATCH', `${DEFINITIONS}/${id}`, { body: { rolePermissions: [] } });
    expect(patched.body).toMatchObject({ displayName: 'Tier 2', rolePermissions: [] });
    expect((await api.ask('GET', `${DEFINITIONS}/${id}`, { token: 'other' })).status).toBe(404);
    expect((await api.ask('DELETE', `${DEFINITIONS}/${id}`)).status).toBe(204);
    expect((await api.ask('GET', `${DEFINITIONS}/${id}`)).status).toBe(404);
  });

  it('take the base type as @odata.type, and let nobody make a role built in', async () => {
    const body = { '@odata.type': '#microsoft.graph.roleDefinition', displayName: 'x', isBuiltIn: true };
    const created = await api.ask('POST', DEFINITIONS, { body });
    expect(created.body).toMatchObject({
      '@odata.type': '#microsoft.graph.deviceAndAppManagementRoleDefinition',
      isBuiltIn: false,
    });
    const patched = await api.ask('PATCH', `${DEFINITIONS}/${created.body.id}`, {
      body: { isBuiltIn: true, isBuiltInRoleDefinition: true },
    });
    expect(patched.body).toMatchObject({ isBuiltIn: false, isBuiltInRoleDefinition: false });
  });

  it.each([
    [{ rolePermissions: null }, 'rolePermissions'],
    [
      { rolePermissions: [{ resourceActions: [{ allowedResourceActions: [7] }] }] },
      'rolePermissions[0]/resourceActions[0]/allowedResourceActions[0]',
    ],
    [{ rolePermissions: [{ resourceAction: [] }] }, 'rolePermissions[0]/resourceAction'],
    [{ '@odata.type': '#microsoft.graph.roleAssignment' }, '@odata.type'],
  ])('refuse %j and name the place', async (body, target) => {
    const answer = await api.ask('POST', DEFINITIONS, { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { target } } });
  });
});

describe('roleAssignments', () => {
  const facts = {
    displayName: 'Desk',
    members: [GROUP],
    scopeType: 'allDevices',
    resourceScopes: [],
    scopeMembers: [],
    roleScopeTagIds: ['0'],
  };
  const bound = (url: string) => ({ ...facts, 'roleDefinition@odata.bind': url });

  // ODATA-22
  it.each([
    ['parentheses, absolute', `https://help.example.org/beta/deviceManagement/roleDefinitions('${HELP_DESK}')`],
    ['a segment, absolute', `https://help.example.org/beta/deviceManagement/roleDefinitions/${HELP_DESK}`],
    ['another host', `https://graph.microsoft.com/beta/deviceManagement/roleDefinitions('${HELP_DESK}')`],
    ['another case', `https://help.example.org/beta/devicemanagement/roledefinitions('${HELP_DESK}')`],
    ['a relative URL', `deviceManagement/roleDefinitions/${HELP_DESK}`],
  ])('bind a role by %s', async (_, url) => {
    const { status, body } = await api.ask('POST', ASSIGNMENTS, { body: bound(url) });
    expect(status).toBe(201);
    expect(body).toMatchObject({ ...facts, roleDefinitionId: HELP_DESK });
    expect(Object.keys(body)).not.toContain('roleDefinition@odata.bind');
    const filter = encodeURIComponent(`roleDefinitionId eq '${HELP_DESK}'`);
    expect((await api.ask('GET', `${ASSIGNMENTS}?$filter=${filter}`)).body.value).toMatchObject([{ id: body.id }]);
  });

  it('take the id of a role as well, and another role later', async () => {
    const own = await define('Own');
    const { body } = await api.ask('POST', ASSIGNMENTS, { body: { ...facts, roleDefinitionId: own } });
    expect(body.roleDefinitionId).toBe(own);
    const url = `${ROOT}/deviceManagement/roleDefinitions('${HELP_DESK}')`;
    const patched = await api.ask('PATCH', `${ASSIGNMENTS}/${body.id}`, {
      body: { 'roleDefinition@odata.bind': url, members: [] },
    });
    expect(patched.body).toMatchObject({ ...facts, members: [], roleDefinitionId: HELP_DESK });
    const none = await api.ask('PATCH', `${ASSIGNMENTS}/${body.id}`, { body: { roleDefinitionId: null } });
    expect(none.body.roleDefinitionId).toBeNull();
  });

  it('refuse a role that is not there, or is another tenant’s', async () => {
    const foreign = await define('Foreign', 'other');
    for (const id of ['unknown', foreign]) {
      for (const body of [bound(`${ROOT}/deviceManagement/roleDefinitions('${id}')`), { roleDefinitionId: id }]) {
        const answer = await api.ask('POST', ASSIGNMENTS, { body });
        expect(answer).toMatchObject({ status: 400, body: { error: { target: 'roleDefinitionId' } } });
      }
    }
    const { body } = await api.ask('POST', ASSIGNMENTS, { body: facts });
    const patched = await api.ask('PATCH', `${ASSIGNMENTS}/${body.id}`, { body: { roleDefinitionId: foreign } });
    expect(patched.status).toBe(400);
    expect((await api.ask('GET', `${ASSIGNMENTS}/$count`)).text).toBe('1');
  });

  // ODATA-22
  it.each([
    [`${ROOT}/deviceManagement/managedDevices('${HELP_DESK}')`, 'roleDefinition@odata.bind'],
    [`${ROOT}/deviceManagement/roleDefinitions`, 'roleDefinition@odata.bind'],
    [HELP_DESK, 'roleDefinition@odata.bind'],
    ['', 'roleDefinition@odata.bind'],
    [7, 'roleDefinition@odata.bind'],
    [null, 'roleDefinition@odata.bind'],
  ])('refuse to bind %j', async (url, target) => {
    const answer = await api.ask('POST', ASSIGNMENTS, { body: { ...facts, 'roleDefinition@odata.bind': url } });
    expect(answer).toMatchObject({ status: 400, body: { error: { target } } });
  });

  it.each([
    [{ 'role@odata.bind': 'x' }, 'role@odata.bind'],
    [{ scopeType: 'everything' }, 'scopeType'],
    [{ displayName: 'x'.repeat(129) }, 'displayName'],
    [{ members: [null] }, 'members[0]'],
  ])('refuse %j and name the place', async (body, target) => {
    const answer = await api.ask('POST', ASSIGNMENTS, { body });
    expect(answer).toMatchObject({ status: 400, body: { error: { target } } });
  });

  it('may stay without a role, change and go', async () => {
    const { body } = await api.ask('POST', ASSIGNMENTS, { body: facts });
    expect(body).toMatchObject({ ...facts, roleDefinitionId: null });
    expect((await api.ask('GET', `${ASSIGNMENTS}/${body.id}`, { token: 'other' })).status).toBe(404);
    expect((await api.ask('DELETE', `${ASSIGNMENTS}/${body.id}`)).status).toBe(204);
    expect((await api.ask('GET', ASSIGNMENTS)).body.value).toEqual([]);
  });
});

describe('resourceOperations', () => {
  it('name every action that a role can allow, and each is one that can be read alone', async () => {
    const { body } = await api.ask('GET', `${OPERATIONS}?$orderby=id`);
    expect(body.value.map(({ id }: { id: string }) => id)).toEqual(resourceOperations.map(({ id }) => id).toSorted());
    const [operation] = resourceOperations;
    expect((await api.ask('GET', `${OPERATIONS}/${operation?.id}`)).body).toMatchObject(operation as object);
    const known = new Set(resourceOperations.map(({ id }) => id));
    const actions = builtInRoles.flatMap(({ rolePermissions }) =>
      rolePermissions.flatMap(({ resourceActions }) => resourceActions.flatMap((one) => one.allowedResourceActions)),
    );
    expect(actions.filter((action) => !known.has(action))).toEqual([]);
  });

  it.each(['POST', 'PATCH', 'DELETE', 'PUT'])('cannot be written by %s', async (method) => {
    const path = method === 'POST' ? OPERATIONS : `${OPERATIONS}/${resourceOperations[0]?.id}`;
    expect((await api.ask(method, path, { body: {} })).status).toBe(405);
  });
});
