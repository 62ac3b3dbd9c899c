import { memoryIdentity } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { addApplication, hashSecret, listApplications, removeApplication, secretMatches } from './applications.ts';

const tenantId = '11111111-1111-4111-8111-111111111111';

let at: Awaited<ReturnType<typeof memoryIdentity>>;
beforeEach(async () => {
  at = await memoryIdentity();
});

describe('applications', () => {
  // ID-23
  it('get a secret of 256 bits that is shown once and kept as a sealed hash', async () => {
    const given = { tenantId, displayName: 'Ticket robot', allowedRoles: ['A.Read.All'] };
    const { application, clientSecret } = await addApplication(at, given);
    expect(Buffer.from(clientSecret ?? '', 'base64url')).toHaveLength(32);
    expect(application).toMatchObject({ displayName: 'Ticket robot', allowedRoles: ['A.Read.All'], isPublic: false });
    expect(application.id).not.toBe(application.objectId);
    expect(await listApplications(at.store, tenantId)).toEqual([application]);
    expect(at.store.dump()).not.toContain(clientSecret);
    expect(at.store.dump()).not.toContain(hashSecret(clientSecret ?? ''));
  });

  it('that are public get none', async () => {
    const given = { tenantId, displayName: 'Page', isPublic: true, redirectUris: ['com.example.app://callback'] };
    expect((await addApplication(at, given)).clientSecret).toBeUndefined();
  });

  it.each([
    [{ redirectUris: ['http://example.org/'] }, 'redirectUri'],
    [{ redirectUris: ['https://example.org/#x'] }, 'redirectUri'],
    [{ redirectUris: ['javascript:alert(1)'] }, 'redirectUri'],
    [{ redirectUris: ['data:text/html,x'], isPublic: true }, 'redirectUri'],
    [{ redirectUris: ['https://u:p@example.org/'] }, 'redirectUri'],
    [{ redirectUris: ['com.example.app://callback'] }, 'redirectUri'],
    [{ allowedRoles: ['A B'] }, 'role'],
    [{ allowedRoles: ['A'], isPublic: true }, 'role'],
    [{ displayName: ' ' }, 'displayName'],
    [{ displayName: tenantId }, 'displayName'],
  ])('are refused: %j', async (given, target) => {
    const added = addApplication(at, { tenantId, displayName: 'x', ...given });
    await expect(added).rejects.toMatchObject({ code: 'badRequest', target });
    expect(await listApplications(at.store, tenantId)).toEqual([]);
  });

  it('are named once, and removed by name or id', async () => {
    const { application } = await addApplication(at, { tenantId, displayName: 'one' });
    await expect(addApplication(at, { tenantId, displayName: 'one' })).rejects.toMatchObject({ code: 'conflict' });
    await addApplication(at, { tenantId, displayName: 'two' });
    await removeApplication(at, { tenantId, nameOrId: application.id });
    await removeApplication(at, { tenantId, nameOrId: 'two' });
    expect(await listApplications(at.store, tenantId)).toEqual([]);
    await expect(removeApplication(at, { tenantId, nameOrId: 'two' })).rejects.toMatchObject({ code: 'notFound' });
  });
});

describe('secretMatches', () => {
  it('compares hashes', () => {
    expect(secretMatches('secret', hashSecret('secret'))).toBe(true);
    expect(secretMatches('Secret', hashSecret('secret'))).toBe(false);
    expect(secretMatches('', '')).toBe(false);
  });
});
