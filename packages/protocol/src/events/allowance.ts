/** Which peer events may pass, by what the sharer's end grants and tenant policy blocks. Pure; both ends ask it. */
import { NO_GRANTS, type SessionGrants } from './grants.ts';
import type { PeerEventName } from './peer-events.ts';
import type { Direction } from './words.ts';

export interface Allowance {
  readonly grants: SessionGrants;
  readonly blockChat: boolean;
}

export const NOTHING_ALLOWED: Allowance = { grants: NO_GRANTS, blockChat: true };

/** Whether an event may be sent or heard in this direction. What tells of rights always may. */
export function isAllowed(event: PeerEventName, direction: Direction, { grants, blockChat }: Allowance): boolean {
  switch (event) {
    case 'chat':
      return !blockChat;
    case 'clipboard':
      return direction === 'toHelper' ? grants.clipboardToHelper : grants.clipboardToSharer;
    case 'rights':
      return true;
    case 'input':
      return grants.control;
    default:
      // Pointing, drawing and the picture's signalling are of use only to who may see the screen.
      return grants.view;
  }
}
