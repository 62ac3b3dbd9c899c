import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GroupPattern } from './group-pattern.ts';
import { GroupPermissions } from './roles.ts';

describe('roles (GW-10)', () => {
  it('grant nothing when there are none, or none that is known', () => {
    for (const roles of [[], ['webpubsub.invoke', 'sendToGroup', 'webpubsub.sendToGroups', 'webpubsub.sendToGroup.']]) {
      const permissions = new GroupPermissions(roles);
      expect(permissions.allows('sendToGroup', 'g')).toBe(false);
      expect(permissions.allows('joinLeaveGroup', 'g')).toBe(false);
    }
  });

  it('grant any group, or one whose name may hold dots and stars', () => {
    expect(new GroupPermissions(['webpubsub.sendToGroup']).allows('sendToGroup', 'any')).toBe(true);
    const one = new GroupPermissions(['webpubsub.joinLeaveGroup.a.b*']);
    expect(one.allows('joinLeaveGroup', 'a.b*')).toBe(true);
    expect(one.allows('joinLeaveGroup', 'a.bc')).toBe(false);
    expect(one.allows('sendToGroup', 'a.b*')).toBe(false);
  });

  it('are added to and taken from later (GW-12)', () => {
    const permissions = new GroupPermissions(['webpubsub.sendToGroups.team.*']);
    permissions.grant('sendToGroup', 'g');
    permissions.grant('joinLeaveGroup');
    expect(permissions.allows('sendToGroup', 'g')).toBe(true);
    expect(permissions.allows('joinLeaveGroup', 'any')).toBe(true);
    permissions.revoke('sendToGroup', 'g');
    permissions.revoke('joinLeaveGroup', 'any');
    expect(permissions.allows('sendToGroup', 'g')).toBe(false);
    // What names every group does not name this one.
    expect(permissions.allows('joinLeaveGroup', 'any')).toBe(true);
    permissions.revoke('joinLeaveGroup');
    permissions.revoke('sendToGroup');
    expect(permissions.allows('joinLeaveGroup', 'any')).toBe(false);
    expect(permissions.allows('sendToGroup', 'team.a')).toBe(false);
  });
});

describe('patterns of groups (GW-11)', () => {
  it.each([
    ['a?c', ['abc', 'aüc', 'a😀c'], ['ac', 'a.c', 'abbc']],
    ['a*', ['a', 'ab', 'abc'], ['a.b', 'b']],
    ['a.*.c', ['a.b.c', 'a..c'], ['a.b.b.c', 'a.c']],
    ['a**', ['a', 'a.b.c'], ['ba']],
    ['**.end', ['.end', 'x.y.end'], ['end']],
    ['*?', ['a', 'ab'], ['', '.']],
    ['\\*\\?\\\\', ['*?\\'], ['ab\\', 'a']],
    ['A', ['A'], ['a']],
  ])('%s matches what it should and nothing else', (pattern, good, bad) => {
    const compiled = new GroupPattern(pattern);
    for (const name of good) expect(compiled.matches(name), name).toBe(true);
    for (const name of bad) expect(compiled.matches(name), name).toBe(false);
  });

  it.each(['', '*.*.*.*.*.*', '**.**.**', 'a\\', 'a\\b'])('%s is refused', (pattern) => {
    expect(() => new GroupPattern(pattern)).toThrow(expect.objectContaining({ code: 'badRequest' }));
  });

  it('agree with regular expressions on short names', () => {
    const pattern = fc.array(fc.constantFrom('a', 'b', '.', '?', '*', '**'), { minLength: 1, maxLength: 6 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, name, (parts, text) => {
        const written = parts.join('');
        fc.pre(written.split('*').length <= 6);
        const tokens = written.match(/\*\*?|[^*]/g) ?? [];
        const source = tokens.map((token) => ({ '**': '.*', '*': '[^.]*', '?': '[^.]', '.': '\\.' })[token] ?? token);
        expect(new GroupPattern(written).matches(text)).toBe(new RegExp(`^${source.join('')}$`).test(text));
      }),
      { seed: 5 },
    );
  });

  it('take no longer for a name made to slow them down', () => {
    const started = performance.now();
    expect(new GroupPattern('*a*a*a*a*a').matches('a'.repeat(1_023).concat('b'))).toBe(false);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
