import {
  createRemoteHelpSessionResponse,
  deviceAndAppManagementRoleAssignment,
  deviceAndAppManagementRoleDefinition,
  extendRemoteHelpSessionResponse,
  managedDevice,
} from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import { readChanges, readNewEntity } from './payload.ts';

function refusal(read: () => unknown): { target: string | undefined; message: string } {
  try {
    read();
  } catch (error) {
    if (error instanceof DomainError && error.code === 'badRequest')
      return { target: error.target, message: error.message };
    throw error;
  }
  throw new Error('The body was accepted.');
}

const change = (body: unknown) => () => readChanges(extendRemoteHelpSessionResponse, body);

describe('readChanges', () => {
  it('gives back just what was sent', () => {
    expect(readChanges(extendRemoteHelpSessionResponse, { sessionKey: 'k' })).toEqual({ sessionKey: 'k' });
    expect(readChanges(extendRemoteHelpSessionResponse, {})).toEqual({});
  });

  // ODATA-20
  it('passes over annotations and the id, as clients send whole objects back', () => {
    const body = { '@odata.etag': 'x', 'sessionKey@odata.type': '#String', id: 'other', sessionKey: 'k' };
    expect(readChanges(extendRemoteHelpSessionResponse, body)).toEqual({ sessionKey: 'k' });
  });

  // ODATA-29
  it.each([
    ['null for a property that cannot be null', { sessionKey: null }, 'sessionKey'],
    ['a number for a string', { sessionKey: 1 }, 'sessionKey'],
    ['an unknown property', { nope: 1 }, 'nope'],
    ['a name of Object.prototype', { constructor: 1 }, 'constructor'],
    ['a date that does not exist', { sessionExpirationDateTime: '2015-02-29T00:00:00Z' }, 'sessionExpirationDateTime'],
    ['another type', { '@odata.type': '#microsoft.graph.user' }, '@odata.type'],
    ['a type that is no text', { '@odata.type': 5 }, '@odata.type'],
    ['U+0000', { sessionKey: 'a\0b' }, 'sessionKey'],
    ['half a surrogate pair', { sessionKey: '\ud83d' }, 'sessionKey'],
    ['a key longer than 512 characters', { sessionKey: 'k'.repeat(513) }, 'sessionKey'],
  ])('refuses %s and names the property', (_, body, target) => {
    expect(refusal(change(body)).target).toBe(target);
  });

  it('refuses __proto__ as a property like any other', () => {
    expect(refusal(change(JSON.parse('{"__proto__":{"sessionKey":"k"}}'))).target).toBe('__proto__');
  });

  it.each([[null], [[]], ['text'], [5], [undefined]])('refuses %j as a body', (body) => {
    expect(refusal(change(body)).message).toBe('The body must be a JSON object.');
  });

  // ODATA-29
  it('counts characters, not code units', () => {
    expect(readChanges(extendRemoteHelpSessionResponse, { sessionKey: '😀'.repeat(512) }).sessionKey).toHaveLength(
      1_024,
    );
  });

  it('writes flags in declaration order', () => {
    const body = { sessionType: 'takeFullControl, viewScreen' };
    expect(readChanges(createRemoteHelpSessionResponse, body)).toEqual({ sessionType: 'viewScreen,takeFullControl' });
  });

  it('names the members that would do', () => {
    const { target, message } = refusal(() =>
      readChanges(createRemoteHelpSessionResponse, { sessionType: 'viewOnly' }),
    );
    expect(target).toBe('sessionType');
    expect(message).toContain('viewScreen, takeFullControl, elevation, unattended');
  });

  // ODATA-19
  it('names the place inside a collection', () => {
    const body = { rolePermissions: [{ resourceActions: [{ allowedResourceActions: ['a', 5] }] }] };
    expect(refusal(() => readChanges(deviceAndAppManagementRoleDefinition, body)).target).toBe(
      'rolePermissions[0]/resourceActions[0]/allowedResourceActions[1]',
    );
  });

  // ODATA-24
  it('keeps numbers that JSON can carry exactly and refuses others', () => {
    const largest = Number.MAX_SAFE_INTEGER;
    expect(readChanges(managedDevice, { freeStorageSpaceInBytes: largest })).toEqual({
      freeStorageSpaceInBytes: largest,
    });
    for (const value of [largest + 1, 1.5, Number.NaN, '5']) {
      expect(refusal(() => readChanges(managedDevice, { freeStorageSpaceInBytes: value })).target).toBe(
        'freeStorageSpaceInBytes',
      );
    }
  });

  // ODATA-17
  it('refuses a collection that filling in makes large, however short it was sent', () => {
    const many = (number: number) => ({ usersLoggedOn: Array.from({ length: number }, () => ({})) });
    expect(readChanges(managedDevice, many(1_000)).usersLoggedOn).toHaveLength(1_000);
    expect(refusal(() => readChanges(managedDevice, many(10_000))).target).toBe('usersLoggedOn');
    const nested = { resourceActions: Array.from({ length: 10_000 }, () => ({})) };
    expect(refusal(() => readChanges(deviceAndAppManagementRoleDefinition, { rolePermissions: [nested] })).target).toBe(
      'rolePermissions[0]/resourceActions',
    );
  });

  // ODATA-65
  it('refuses a string of more code points than any may have, or than the property may', () => {
    const longest = '\u{1f600}'.repeat(32_768);
    expect(readChanges(managedDevice, { notes: longest })).toEqual({ notes: longest });
    expect(refusal(() => readChanges(managedDevice, { notes: `${longest}x` })).target).toBe('notes');
    expect(refusal(() => readChanges(managedDevice, { model: 'x'.repeat(1_025) })).target).toBe('model');
    const tags = { roleScopeTagIds: ['a', `${longest}x`] };
    expect(refusal(() => readChanges(managedDevice, tags)).target).toBe('roleScopeTagIds[1]');
  });

  // ODATA-65
  it('refuses a collection of strings that is large', () => {
    const tags = (number: number) => ({ roleScopeTagIds: Array.from({ length: number }, () => 'x'.repeat(97)) });
    expect(readChanges(managedDevice, tags(2_600))).toEqual(tags(2_600));
    expect(refusal(() => readChanges(managedDevice, tags(2_700))).target).toBe('roleScopeTagIds');
  });

  it('takes a reference from @odata.bind, in both key forms', () => {
    const bound = (url: unknown) =>
      readChanges(deviceAndAppManagementRoleAssignment, { 'roleDefinition@odata.bind': url });
    expect(bound("https://host/beta/deviceManagement/roleDefinitions('r1')")).toEqual({ roleDefinitionId: 'r1' });
    expect(bound('https://host/beta/deviceManagement/roleDefinitions/r1')).toEqual({ roleDefinitionId: 'r1' });
    for (const odd of [5, 'https://host/beta/users/r1', 'r1', "roleDefinitions('')"]) {
      expect(refusal(() => bound(odd)).target).toBe('roleDefinition@odata.bind');
    }
  });

  // ODATA-20
  it('takes a type name without #, as some documented bodies have it', () => {
    const body = { '@odata.type': 'microsoft.graph.extendRemoteHelpSessionResponse', sessionKey: 'k' };
    expect(readChanges(extendRemoteHelpSessionResponse, body)).toEqual({ sessionKey: 'k' });
  });
});

describe('readNewEntity', () => {
  it('asks for what has no default', () => {
    expect(refusal(() => readNewEntity(extendRemoteHelpSessionResponse, { sessionKey: 'k' })).target).toBe(
      'acsHelperUserToken',
    );
  });

  // ODATA-17
  it('fills in defaults and nulls', () => {
    const device = readNewEntity(managedDevice, { deviceName: 'PC-1' });
    expect(device).toMatchObject({ deviceName: 'PC-1', userId: null, deviceActionResults: [] });
    expect(Object.keys(device).sort()).toEqual(
      Object.keys(managedDevice.properties)
        .filter((name) => name !== 'id')
        .sort(),
    );
  });
});
