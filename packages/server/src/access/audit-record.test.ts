import { auditEvent, extendRemoteHelpSessionResponse } from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { Sealed } from '../store/store.ts';
import { canonicalJson } from './audit-chain.ts';
import { actorOf, auditWrite, modifiedProperties, SYSTEM_ACTOR, unknownActor } from './audit-record.ts';
import type { Caller } from './caller.ts';
import { newId } from './ids.ts';

const NOW = 1_800_000_000_000;

const caller: Caller = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  objectId: '22222222-2222-4222-8222-222222222222',
  kind: 'delegated',
  permissions: new Set(['A.Read.All']),
  groups: [],
  directoryRoles: [],
  name: 'Adele Vance',
  userPrincipalName: 'adele@contoso.com',
  applicationId: '33333333-3333-4333-8333-333333333333',
  issuer: 'https://issuer',
  organization: 'Contoso',
  expiresAt: NOW,
};

describe('auditWrite', () => {
  it('inserts every property of auditEvent', () => {
    const write = auditWrite({
      tenantId: caller.tenantId,
      id: newId(NOW),
      now: NOW,
      correlationId: '44444444-4444-4444-8444-444444444444',
      actor: SYSTEM_ACTOR,
      activity: 'Create key',
      activityType: 'createKey',
      operationType: 'Create',
      category: 'Settings',
    });
    if (write.kind !== 'insert') throw new Error('not an insert');
    const expected = Object.keys(auditEvent.properties).filter((name) => name !== 'id');
    expect(Object.keys(write.values).sort()).toEqual(expected.sort());
    expect(write).toMatchObject({
      set: { name: 'auditEvents' },
      tenantId: caller.tenantId,
      values: { activityDateTime: '2027-01-15T08:00:00.000Z', activityResult: 'Success', displayName: 'Create key' },
    });
  });

  it('takes ids that sort by their time', () => {
    const [earlier, later] = [newId(NOW), newId(NOW + 1)];
    expect(earlier < later).toBe(true);
    expect(earlier).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  });
});

describe('actorOf', () => {
  it('has its members in the order in which the chain takes them, as all parts of a record', () => {
    const properties = modifiedProperties(extendRemoteHelpSessionResponse, undefined, { sessionKey: 'x' });
    for (const part of [actorOf(caller, null), SYSTEM_ACTOR, unknownActor(null), properties]) {
      expect(JSON.stringify(part)).toBe(canonicalJson(part));
    }
  });

  it('names the user of a delegated token', () => {
    expect(actorOf(caller, '127.0.0.1')).toEqual({
      auditActorType: 'ItPro',
      userPermissions: ['A.Read.All'],
      applicationId: caller.applicationId,
      applicationDisplayName: null,
      userPrincipalName: 'adele@contoso.com',
      servicePrincipalName: null,
      ipAddress: '127.0.0.1',
      userId: caller.objectId,
    });
  });

  it('names the application of an application token', () => {
    const actor = actorOf({ ...caller, kind: 'application', name: 'Ticket robot', userPrincipalName: undefined }, null);
    expect(actor).toMatchObject({
      auditActorType: 'Application',
      applicationDisplayName: 'Ticket robot',
      servicePrincipalName: 'Ticket robot',
      userPrincipalName: null,
    });
  });
});

describe('modifiedProperties', () => {
  it('shows old and new values, but names a secret property without them', () => {
    const before = {
      sessionKey: 'old',
      acsHelperUserToken: new Sealed(new Uint8Array([1]), 'context'),
      sessionExpirationDateTime: '2026-01-01T00:00:00Z',
    };
    const changed = modifiedProperties(extendRemoteHelpSessionResponse, before, {
      sessionKey: 'new',
      acsHelperUserToken: 'canary',
    });
    expect(changed).toEqual([
      { displayName: 'sessionKey', oldValue: 'old', newValue: 'new' },
      { displayName: 'acsHelperUserToken', oldValue: null, newValue: null },
    ]);
  });

  it('passes over what a client sent back unchanged', () => {
    const before = { sessionKey: 'same', sessionExpirationDateTime: '2026-01-01T00:00:00Z' };
    const changes = { sessionKey: 'same', sessionExpirationDateTime: '2027-01-01T00:00:00Z' };
    expect(modifiedProperties(extendRemoteHelpSessionResponse, before, changes)).toEqual([
      {
        displayName: 'sessionExpirationDateTime',
        oldValue: '2026-01-01T00:00:00Z',
        newValue: '2027-01-01T00:00:00Z',
      },
    ]);
  });

  it('has no old values at creation', () => {
    expect(modifiedProperties(extendRemoteHelpSessionResponse, undefined, { sessionKey: 'new' })).toEqual([
      { displayName: 'sessionKey', oldValue: null, newValue: 'new' },
    ]);
  });
});
