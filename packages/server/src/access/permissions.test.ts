import { SERVICE_CONFIG } from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../errors.ts';
import type { Caller } from './caller.ts';
import { permits, requirePermission } from './permissions.ts';

function caller(kind: Caller['kind'], ...permissions: string[]): Caller {
  return {
    tenantId: 't',
    objectId: 'o',
    kind,
    permissions: new Set(permissions),
    groups: [],
    directoryRoles: [],
    name: undefined,
    userPrincipalName: undefined,
    applicationId: undefined,
    issuer: 'i',
    organization: 'i',
    expiresAt: 0,
  };
}

function refusal(act: () => void): DomainError {
  try {
    act();
  } catch (error) {
    if (error instanceof DomainError) return error;
  }
  throw new Error('nothing was refused');
}

// ID-18
describe('permits', () => {
  it.each(SERVICE_CONFIG.read)('reads with %s alone', (permission) => {
    expect(permits(caller('delegated', permission), SERVICE_CONFIG.read)).toBe(true);
  });

  it.each([
    'DeviceManagementServiceConfig.Read.All',
    'DeviceManagementServiceConfig.ReadWrite',
    '',
    'Directory.Read.All',
  ])('does not write with %j', (permission) => {
    expect(permits(caller('application', permission), SERVICE_CONFIG.write)).toBe(false);
  });

  it('lets nobody pass where no permission is listed', () => {
    expect(permits(caller('delegated', 'A'), [])).toBe(false);
  });
});

describe('requirePermission', () => {
  // ID-17
  it('names what would do, least privileged first', () => {
    const error = refusal(() => requirePermission(caller('delegated', 'openid'), SERVICE_CONFIG.write));
    expect(error.code).toBe('forbidden');
    expect(error.message).toContain(
      'delegated scopes: DeviceManagementServiceConfig.ReadWrite.All, DeviceManagementConfiguration.ReadWrite.All',
    );
  });

  it('speaks of roles to an application', () => {
    const error = refusal(() => requirePermission(caller('application'), SERVICE_CONFIG.read));
    expect(error.message).toContain('application roles: DeviceManagementServiceConfig.Read.All');
  });

  it('passes in silence', () => {
    expect(requirePermission(caller('application', 'A'), ['B', 'A'])).toBeUndefined();
  });
});
