import { describe, expect, it } from 'vitest';
import { allowedBy, assignmentRequest, idsIn, roleRequest } from './role-data.ts';

describe('a role', () => {
  it('allows what it lists, but for what it takes away again', () => {
    const rolePermissions = [
      { actions: [], resourceActions: [{ allowedResourceActions: ['a', 'b'], notAllowedResourceActions: ['b'] }] },
      { actions: [], resourceActions: [{ allowedResourceActions: ['a', 'c'], notAllowedResourceActions: [] }] },
    ];
    expect(allowedBy({ rolePermissions })).toEqual(['a', 'c']);
    const request = roleRequest({ displayName: ' Night ', description: '', actions: ['a'] });
    expect(request).toMatchObject({ displayName: 'Night', description: '' });
    expect(allowedBy(request as Parameters<typeof allowedBy>[0])).toEqual(['a']);
  });
});

describe('an assignment', () => {
  it('takes ids however they are parted, and names scopes only where it reaches some', () => {
    expect(idsIn(' a,b\n\nb; c ')).toEqual(['a', 'b', 'c']);
    const wishes = { displayName: 'x', roleDefinitionId: 'r', members: 'm', resourceScopes: 's' };
    expect(assignmentRequest({ ...wishes, scopeType: 'resourceScope' }).resourceScopes).toEqual(['s']);
    expect(assignmentRequest({ ...wishes, scopeType: 'allDevices' }).resourceScopes).toEqual([]);
  });
});
