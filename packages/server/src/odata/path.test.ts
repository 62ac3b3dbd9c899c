import { entitySet, entityType, type Model, model, type Operation } from '@open-remote-help/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { PathResolver } from './path.ts';

const paths = new PathResolver(model);

function refusalOf(path: string): string {
  try {
    paths.resolve(path);
  } catch (error) {
    if (error instanceof DomainError) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('PathResolver', () => {
  // ODATA-9, ODATA-10
  it.each([
    ['/ExtendRemoteHelpSessionResponse/abc', { id: 'abc' }],
    ["/ExtendRemoteHelpSessionResponse('abc')", { id: 'abc' }],
    ["/extendremotehelpsessionresponse('abc')", { id: 'abc' }],
    ["/ExtendRemoteHelpSessionResponse(id='abc')", { id: 'abc' }],
    ["/ExtendRemoteHelpSessionResponse(sessionKey='demo')", { alternateKey: 'sessionKey', value: 'demo' }],
    ["/ExtendRemoteHelpSessionResponse(sessionKey='it''s')", { alternateKey: 'sessionKey', value: "it's" }],
    ['/ExtendRemoteHelpSessionResponse(sessionKey=%27a%2Fb%27)', { alternateKey: 'sessionKey', value: 'a/b' }],
    ['/ExtendRemoteHelpSessionResponse/a(b)', { id: 'a(b)' }],
  ])('finds the entity of %s', (path, key) => {
    expect(paths.resolve(path)).toMatchObject({
      kind: 'entity',
      set: { name: 'ExtendRemoteHelpSessionResponse' },
      key,
    });
  });

  it('finds sets in containers, their views and their counts', () => {
    expect(paths.resolve('/deviceManagement/managedDevices')).toMatchObject({
      kind: 'collection',
      set: { name: 'managedDevices' },
    });
    expect(paths.resolve('/DEVICEMANAGEMENT/MANAGEDDEVICES/$count')).toMatchObject({ kind: 'count' });
    expect(paths.resolve('/users/u1/managedDevices/d1')).toMatchObject({
      kind: 'entity',
      set: { name: 'userManagedDevices' },
      outerKeys: { 'user-id': 'u1' },
      key: { id: 'd1' },
    });
    expect(paths.resolve("/users('u1')/managedDevices")).toMatchObject({ outerKeys: { 'user-id': 'u1' } });
    expect(paths.resolve('/deviceManagement/remoteAssistanceSettings')).toMatchObject({ kind: 'singleton' });
  });

  // ODATA-14
  it('takes an operation of our own namespace by that namespace or its alias, never by another', () => {
    const permissions = { read: ['A.Read.All'], write: ['A.ReadWrite.All'] };
    const type = entityType('drill', {}, { namespace: 'openRemoteHelp' });
    const ring: Operation = {
      kind: 'action',
      namespace: 'openRemoteHelp',
      name: 'ring',
      boundTo: ['drills'],
      parameters: [],
      permissions: permissions.write,
      doc: '',
    };
    const own: Model = {
      sets: [entitySet('drills', type, { path: 'remoteHelp/drills', permissions })],
      operations: [ring],
    };
    const resolve = (name: string) => new PathResolver(own).resolve(`/remotehelp/drills/1/${name}`);
    for (const name of ['ring', 'openRemoteHelp.ring', 'remoteHelp.ring']) {
      expect(resolve(name)).toMatchObject({ kind: 'operation', template: '/beta/remoteHelp/drills/{id}/ring' });
    }
    for (const name of ['graph.ring', 'microsoft.graph.ring']) expect(() => resolve(name)).toThrow(DomainError);
  });

  // ODATA-14
  it.each(['beginOnboarding', 'microsoft.graph.beginOnboarding', 'graph.beginOnboarding'])(
    'finds the action %s',
    (name) => {
      expect(paths.resolve(`/deviceManagement/remoteAssistancePartners/p1/${name}`)).toMatchObject({
        kind: 'operation',
        operation: { name: 'beginOnboarding' },
        key: { id: 'p1' },
      });
    },
  );

  it('gives a template without keys for the log', () => {
    expect(paths.resolve('/users/someone@example.org/managedDevices/secret').template).toBe(
      '/beta/users/{user-id}/managedDevices/{id}',
    );
    expect(paths.resolve("/ExtendRemoteHelpSessionResponse(sessionKey='secret')").template).toBe(
      '/beta/ExtendRemoteHelpSessionResponse/{id}',
    );
  });

  // ODATA-13
  it.each([
    ['/nothing', 'unknownSegment'],
    ['/deviceManagement', 'unknownSegment'],
    ['/ExtendRemoteHelpSessionResponse/a/b', 'unknownSegment'],
    ['/ExtendRemoteHelpSessionResponse/$value', 'unknownSegment'],
    ['/deviceManagement/managedDevices/d/beginOnboarding', 'unknownSegment'],
    ["/deviceManagement/remoteAssistanceSettings('x')", 'unknownSegment'],
    ['/ExtendRemoteHelpSessionResponse(abc)', 'badRequest'],
    ["/ExtendRemoteHelpSessionResponse(acsHelperUserToken='x')", 'badRequest'],
    ['/ExtendRemoteHelpSessionResponse/%E0%A4', 'badRequest'],
    ['/users/%00/managedDevices', 'badRequest'],
    ['/__proto__', 'unknownSegment'],
    ['/constructor/x', 'unknownSegment'],
  ])('refuses %s with %s', (path, code) => {
    expect(refusalOf(path)).toBe(code);
  });

  it('either resolves or refuses any text', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('users', 'deviceManagement', '$count', "('", "')", '%', 'managedDevices'),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(refusalOf(`/${pieces.join('/')}`)).toBeTypeOf('string');
      }),
    );
  });
});
