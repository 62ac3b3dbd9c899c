/** The operations of remote help on managed devices, and the question of what a helper may do. */
import { type Operation, type Parameter, string } from '../edm/schema.ts';
import { MANAGED_DEVICES, SERVICE_CONFIG } from './permissions.ts';
import { allowedRemoteAssistanceActions } from './remote-help-responses.ts';

const GRAPH = { namespace: 'microsoft.graph' } as const;
const { type: STRING } = string();
const BOOLEAN = { kind: 'primitive', name: 'Edm.Boolean' } as const;

/** Served in all four collections of devices. */
const DEVICES = ['managedDevices', 'comanagedDevices', 'userManagedDevices', 'myManagedDevices'] as const;

function text(name: string): Parameter {
  return { name, type: STRING, maxLength: 256 };
}

export const getAllowedRemoteAssistanceActions: Operation = {
  ...GRAPH,
  kind: 'function',
  name: 'getAllowedRemoteAssistanceActions',
  boundTo: ['deviceManagement'],
  parameters: [
    text('sharerAadDeviceId'),
    { name: 'sharerDeviceIntuneMDMEnrolled', type: BOOLEAN },
    text('sharerId'),
    text('sharerTenantId'),
  ],
  returns: allowedRemoteAssistanceActions,
  permissions: SERVICE_CONFIG.read,
  doc: 'Tells what the caller may do for a sharer on a device; 0 is nothing.',
};

export const requestRemoteAssistance: Operation = {
  ...GRAPH,
  kind: 'action',
  name: 'requestRemoteAssistance',
  boundTo: DEVICES,
  parameters: [],
  permissions: MANAGED_DEVICES.write,
  doc: 'Notes on the device where help for it begins: remoteAssistanceSessionUrl.',
};

export const remoteHelpOperations: readonly Operation[] = [getAllowedRemoteAssistanceActions, requestRemoteAssistance];
