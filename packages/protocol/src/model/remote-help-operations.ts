/** The operations of remote help on managed devices, and the question of what a helper may do. */
import { type Operation, type Parameter, string } from '../edm/schema.ts';
import { iceServers } from './ice-servers.ts';
import { MANAGED_DEVICES, SERVICE_CONFIG } from './permissions.ts';
import { relayOffer } from './relay-offer.ts';
import {
  allowedRemoteAssistanceActions,
  createRemoteHelpSessionResponse,
  extendRemoteHelpSessionResponse,
  requestRemoteHelpSessionAccessResponse,
  retrieveRemoteHelpSessionResponse,
} from './remote-help-responses.ts';

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

const sessionKey = text('sessionKey');

/** `sessionType` is text, as in Graph: the name of one member of `allowedRemoteAssistanceActions`, in any case. */
const createRemoteHelpSession: Operation = {
  ...GRAPH,
  kind: 'action',
  name: 'createRemoteHelpSession',
  boundTo: DEVICES,
  parameters: [text('sessionType')],
  annotations: [
    { name: 'openRemoteHelp.reason', type: STRING, isNullable: true, maxLength: 500 },
    { name: 'openRemoteHelp.ticket', type: STRING, isNullable: true, maxLength: 100 },
  ],
  returns: createRemoteHelpSessionResponse,
  permissions: MANAGED_DEVICES.write,
  doc: "Asks the device's sharer for a session. Reason and ticket are shown to the sharer as the helper's words.",
};

const requestRemoteHelpSessionAccess: Operation = {
  ...GRAPH,
  kind: 'action',
  name: 'requestRemoteHelpSessionAccess',
  boundTo: DEVICES,
  parameters: [sessionKey, text('pubSubConnectionId')],
  returns: requestRemoteHelpSessionAccessResponse,
  permissions: MANAGED_DEVICES.write,
  doc: "Lets the caller's open connection into the session and gives its encryption key.",
};

const retrieveRemoteHelpSession: Operation = {
  ...GRAPH,
  kind: 'function',
  name: 'retrieveRemoteHelpSession',
  boundTo: DEVICES,
  parameters: [sessionKey],
  returns: retrieveRemoteHelpSessionResponse,
  permissions: MANAGED_DEVICES.read,
  doc: 'Everything that a helper needs to connect to the session.',
};

const extendRemoteHelpSession: Operation = {
  ...GRAPH,
  kind: 'action',
  name: 'extendRemoteHelpSession',
  boundTo: DEVICES,
  parameters: [sessionKey],
  returns: extendRemoteHelpSessionResponse,
  permissions: MANAGED_DEVICES.write,
  doc: "Renews the session's lease: a later end, a fresh token, a fresh access URI.",
};

const endRemoteHelpSession: Operation = {
  ...GRAPH,
  kind: 'action',
  name: 'endRemoteHelpSession',
  boundTo: DEVICES,
  parameters: [sessionKey],
  permissions: MANAGED_DEVICES.write,
  doc: 'Ends the session for everybody and deletes its records.',
};

/** What Graph has no word for. */
const requestRights: Operation = {
  namespace: 'openRemoteHelp',
  kind: 'action',
  name: 'requestRights',
  boundTo: ['sessions'],
  parameters: ['view', 'control', 'clipboardToHelper', 'clipboardToSharer'].map((name) => ({ name, type: BOOLEAN })),
  permissions: MANAGED_DEVICES.write,
  doc: 'Asks the sharer to allow more; the answer comes over the connection.',
};

const getIceServers: Operation = {
  namespace: 'openRemoteHelp',
  kind: 'action',
  name: 'getIceServers',
  boundTo: ['sessions'],
  parameters: [],
  returns: iceServers,
  permissions: MANAGED_DEVICES.write,
  doc: "Servers by which the helper's browser finds that of a sharer's page, once there is consent.",
};

const openRelay: Operation = {
  namespace: 'openRemoteHelp',
  kind: 'action',
  name: 'openRelay',
  boundTo: ['sessions'],
  parameters: [text('pubSubConnectionId')],
  returns: relayOffer,
  permissions: MANAGED_DEVICES.write,
  doc: "Opens a relay for the picture between the caller's connection and the sharer's.",
};

export const remoteHelpOperations: readonly Operation[] = [
  createRemoteHelpSession,
  requestRemoteHelpSessionAccess,
  retrieveRemoteHelpSession,
  extendRemoteHelpSession,
  endRemoteHelpSession,
  requestRights,
  getIceServers,
  openRelay,
  getAllowedRemoteAssistanceActions,
  requestRemoteAssistance,
];
