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

  describe('operations with parameters', () => {
    const permissions = ['A.ReadWrite.All'];
    const things = entitySet('things', entityType('thing', {}), {
      path: 'shop/things',
      permissions: { read: permissions, write: permissions },
    });
    const text = { type: { kind: 'primitive', name: 'Edm.String' } } as const;
    const find: Operation = {
      kind: 'function',
      namespace: 'microsoft.graph',
      name: 'find',
      boundTo: ['things', 'shop'],
      parameters: [
        { name: 'word', ...text },
        { name: 'isNew', type: { kind: 'primitive', name: 'Edm.Boolean' } },
      ],
      permissions,
      doc: '',
    };
    const sell: Operation = { ...find, kind: 'action', name: 'sell' };
    const shop = new PathResolver({ sets: [things], operations: [find, sell] });

    // ODATA-67
    it.each([
      ["/shop/things/1/find(word='a',isNew=True)", { word: 'a', isNew: true }],
      ["/shop/things('1')/microsoft.graph.find(isNew=false,word='')", { word: '', isNew: false }],
      ["/shop/things/1/FIND( word = 'it''s (a), b' , isNew=TRUE )", { word: "it's (a), b", isNew: true }],
      ['/shop/things/1/graph.find(word=%27a%2Fb%27,isNew=true)', { word: 'a/b', isNew: true }],
    ])('reads the arguments of %s', (path, args) => {
      expect(shop.resolve(path)).toMatchObject({
        kind: 'operation',
        key: { id: '1' },
        arguments: args,
        template: '/beta/shop/things/{id}/find',
      });
    });

    // ODATA-67
    it('finds what is bound to a container', () => {
      expect(shop.resolve("/SHOP/find(word='a',isNew=true)")).toMatchObject({
        kind: 'containerOperation',
        operation: { name: 'find' },
        arguments: { word: 'a', isNew: true },
        template: '/beta/shop/find',
      });
      expect(() => shop.resolve('/shop/lost')).toThrow("the segment 'lost'");
      expect(() => shop.resolve("/shop/find(word='a',isNew=true)/more")).toThrow("the segment 'more'");
    });

    // ODATA-67
    it.each([
      ['/shop/things/1/find', 'find needs word.'],
      ["/shop/things/1/find(word='a')", 'find needs isNew.'],
      ["/shop/things/1/find(word='a',isNew=yes)", 'isNew must be true or false.'],
      ['/shop/things/1/find(word=a,isNew=true)', 'word must be a string in single quotes.'],
      ["/shop/things/1/find(word='a',word='b',isNew=true)", 'find is given word twice.'],
      ["/shop/things/1/find(word='a',isNew=true,size=1)", 'find has no parameter size.'],
      ["/shop/things/1/find(word='a'b',isNew=true)", 'cannot be read from character 1 on'],
      ["/shop/things/1/sell(word='a')", 'takes its parameters in the body'],
    ])('refuses %s', (path, message) => {
      expect(() => shop.resolve(path)).toThrow(message);
    });
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
