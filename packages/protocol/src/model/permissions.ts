/**
 * Permissions as documented for Graph's remote-assistance pages, least privileged first. They appear in a token's `scp`
 * (delegated) or `roles` (application).
 */
import type { Permissions } from '../edm/schema.ts';

interface Access {
  readonly read: Permissions;
  readonly write: Permissions;
}

/** The four response resources, settings and partners. */
export const SERVICE_CONFIG: Access = {
  read: [
    'DeviceManagementServiceConfig.Read.All',
    'DeviceManagementServiceConfig.ReadWrite.All',
    'DeviceManagementConfiguration.Read.All',
    'DeviceManagementConfiguration.ReadWrite.All',
  ],
  write: ['DeviceManagementServiceConfig.ReadWrite.All', 'DeviceManagementConfiguration.ReadWrite.All'],
};

/** Of devices and of what is done with them. */
export const MANAGED_DEVICES: Access = {
  read: [
    'DeviceManagementManagedDevices.Read.All',
    'DeviceManagementManagedDevices.ReadWrite.All',
    'DeviceManagementConfiguration.Read.All',
    'DeviceManagementConfiguration.ReadWrite.All',
  ],
  write: ['DeviceManagementManagedDevices.ReadWrite.All', 'DeviceManagementConfiguration.ReadWrite.All'],
};

/** Of roles and assignments. */
export const RBAC: Access = {
  read: [
    'DeviceManagementRBAC.Read.All',
    'DeviceManagementRBAC.ReadWrite.All',
    'DeviceManagementConfiguration.Read.All',
    'DeviceManagementConfiguration.ReadWrite.All',
  ],
  write: ['DeviceManagementRBAC.ReadWrite.All', 'DeviceManagementConfiguration.ReadWrite.All'],
};

/** Audit records are read, never written, through the API. */
export const AUDIT: Access = {
  read: [
    'DeviceManagementApps.Read.All',
    'DeviceManagementApps.ReadWrite.All',
    'DeviceManagementConfiguration.Read.All',
    'DeviceManagementConfiguration.ReadWrite.All',
  ],
  write: [],
};

/** For sets that no path serves. */
export const INTERNAL: Access = { read: [], write: [] };
