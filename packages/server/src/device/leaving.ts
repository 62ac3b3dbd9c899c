/** A device that is unenrolled says so: its key goes, its record stays and says that it is enrolled no more. */
import { managedDevices } from '@open-remote-help/protocol';
import { closeDeviceWrite, recheckWrite } from '../session/recheck.ts';
import type { DeviceId } from '../session/session.ts';
import type { Store } from '../store/store.ts';
import { type Cause, deviceAudit } from './device-audit.ts';
import { deviceCredentials, deviceGenerations } from './device-model.ts';
import { DeviceRefusal } from './device-refusal.ts';
import type { DeviceCaller } from './device-token.ts';
import { deviceKeys } from './parking.ts';

const DETAILS = 'The device was unenrolled by who is there. Enrol it anew with a token that names it.';

/** What a managed device shows from then on, until it is enrolled anew. */
const LEFT = { managementState: 'discovered', remoteAssistanceSessionErrorDetails: DETAILS } as const;

/**
 * Forgets the key with which the device called, and no other. What the key opened is closed, and its sessions end.
 * @throws DeviceRefusal `withdrawn` where that key counts no more
 */
export function leave(store: Store, cause: Cause, { deviceId, keyThumbprint }: DeviceCaller): Promise<void> {
  const { tenantId, now } = cause;
  return store.transact({
    reads: deviceKeys(tenantId, deviceId),
    decide: ([credential, device]) => {
      if (!device || credential?.values.keyThumbprint !== keyThumbprint) {
        throw new DeviceRefusal('withdrawn', { tenantId, subject: deviceId });
      }
      return {
        value: undefined,
        writes: [
          { kind: 'delete', set: deviceCredentials, tenantId, id: deviceId },
          { kind: 'delete', set: deviceGenerations, tenantId, id: deviceId },
          { kind: 'update', set: managedDevices, tenantId, before: device, changes: LEFT },
          deviceAudit(cause, {
            activity: 'Unenroll',
            deviceId,
            deviceName: device.values.deviceName as string | null,
            ...{ before: device.values, changes: LEFT, facts: {} },
          }),
          closeDeviceWrite(tenantId, deviceId as DeviceId, now),
          recheckWrite(tenantId, now),
        ],
      };
    },
  });
}
