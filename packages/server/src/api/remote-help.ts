/** What may be done for a sharer, and where help for a device begins. */
import {
  allowedRemoteAssistanceActions,
  enumTextOf,
  type managedDevice,
  managedDevices,
  type Of,
  remoteAssistanceSets,
} from '@open-remote-help/protocol';
import type { DeviceRights } from '../access/device-rights.ts';
import { helpingTypes } from '../access/rights.ts';
import { DomainError } from '../errors.ts';
import { type Expression, literal, STRING } from '../store/expression.ts';
import type { Store, StoredEntity } from '../store/store.ts';
import { auditOfWrite } from './audit.ts';
import { SINGLETON_ID } from './behaviours.ts';
import type { OperationCall, OperationHandlers } from './operations.ts';

const [settingsSet] = remoteAssistanceSets;

interface Collaborators {
  readonly store: Store;
  readonly rights: DeviceRights;
}

type Device = Of<typeof managedDevice>;

export function remoteHelpHandlers({ store, rights }: Collaborators): OperationHandlers {
  return {
    getAllowedRemoteAssistanceActions: async (call) => ({ value: await allowedActions(call, store, rights) }),
    requestRemoteAssistance: async (call) => {
      await noteWhereHelpBegins(call, store);
      return undefined;
    },
  };
}

/**
 * The flags of `allowedRemoteAssistanceActions`, `0` for nothing: the tenant's switch and the caller's rights on that
 * device. Another tenant's sharer, and a device that is not enrolled here, allow nothing.
 */
async function allowedActions(
  { caller, parameters }: OperationCall,
  store: Store,
  rights: DeviceRights,
): Promise<string> {
  const { tenantId } = caller;
  const { sharerAadDeviceId, sharerId, sharerTenantId } = parameters as Record<string, string>;
  const isOurs = sharerTenantId?.toLowerCase() === tenantId.toLowerCase();
  if (!isOurs || caller.kind === 'application' || !(await isSwitchedOn(store, tenantId))) return NOTHING;
  const device = await deviceNamed(store, tenantId, sharerAadDeviceId ?? '');
  // Whose device it is says the record, not the caller.
  if (!device || (sharerId !== '' && device.userId?.toLowerCase() !== sharerId?.toLowerCase())) return NOTHING;
  const types = helpingTypes(await rights.actionsOn(tenantId, caller, device));
  const { members } = allowedRemoteAssistanceActions;
  return enumTextOf(
    allowedRemoteAssistanceActions,
    types.reduce((sum, type) => sum + members[type], 0),
  );
}

const NOTHING = '0';

async function isSwitchedOn(store: Store, tenantId: string): Promise<boolean> {
  const settings = await store.get({ set: settingsSet, tenantId, id: SINGLETON_ID });
  return settings?.values.remoteAssistanceState === 'enabled';
}

/** By its id in the directory, or by its own. */
async function deviceNamed(store: Store, tenantId: string, name: string): Promise<Device | undefined> {
  const own = await store.get({ set: managedDevices, tenantId, id: name });
  if (own) return deviceOf(own);
  const property = managedDevices.type.properties.azureADDeviceId;
  const filter: Expression = {
    kind: 'comparison',
    type: { kind: 'boolean' },
    operator: 'eq',
    left: { kind: 'property', type: STRING, path: ['azureADDeviceId'], property },
    right: literal(name),
  };
  const { entities } = await store.query({ set: managedDevices, tenantId, filter, top: 1 });
  return entities[0] && deviceOf(entities[0]);
}

function deviceOf({ id, values }: StoredEntity): Device {
  return { ...values, id } as unknown as Device;
}

/** The device's page in the console, as the caller addressed this server; or why there is none. */
async function noteWhereHelpBegins(call: OperationCall, store: Store): Promise<void> {
  const { caller, bound, request } = call;
  const { tenantId } = caller;
  const id = bound?.id ?? '';
  const url = `${new URL(request.serviceRoot).origin}/devices/${encodeURIComponent(id)}`;
  await store.transact({
    reads: [
      { set: managedDevices, tenantId, id },
      { set: settingsSet, tenantId, id: SINGLETON_ID },
    ],
    decide: ([before, settings]) => {
      if (!before) throw new DomainError('notFound', 'The device was deleted meanwhile.');
      const isOn = settings?.values.remoteAssistanceState === 'enabled';
      const changes = {
        remoteAssistanceSessionUrl: isOn ? url : null,
        remoteAssistanceSessionErrorDetails: isOn ? null : SWITCHED_OFF,
      };
      return {
        writes: [
          { kind: 'update', set: managedDevices, tenantId, before, changes },
          auditOfWrite({ ...call, set: managedDevices }, 'requestRemoteAssistance', id, before, changes),
        ],
        value: undefined,
      };
    },
  });
}

const SWITCHED_OFF =
  'Remote help is switched off in this tenant: remoteAssistanceState of deviceManagement/remoteAssistanceSettings is disabled.';
