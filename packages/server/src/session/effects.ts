/** What a transition asks of the world. Each effect may be carried out twice: nothing happens the second time. */
import type { EventBody } from './control-events.ts';
import type { ConnectionId, DeviceId, PartyName } from './session.ts';

export type Effect =
  /** To the device's standing connection. */
  | { readonly kind: 'tellDevice'; readonly tenantId: string; readonly deviceId: DeviceId; readonly event: EventBody }
  /** To all connections of the parties, those that wait included. */
  | { readonly kind: 'tell'; readonly parties: readonly PartyName[] | 'all'; readonly event: EventBody }
  | { readonly kind: 'tellConnection'; readonly connectionId: ConnectionId; readonly event: EventBody }
  | { readonly kind: 'admit'; readonly connectionId: ConnectionId; readonly groupId: string }
  | { readonly kind: 'closeConnection'; readonly connectionId: ConnectionId }
  | { readonly kind: 'closeSession' }
  | { readonly kind: 'cutRelays' }
  | { readonly kind: 'revokeTokens'; readonly identities: readonly string[] }
  /** Of no session: a device is gone for good. */
  | { readonly kind: 'closeDevice'; readonly tenantId: string; readonly deviceId: DeviceId }
  /** Of no session: the tenant changed something on which its live sessions stand. */
  | { readonly kind: 'recheck'; readonly tenantId: string };
