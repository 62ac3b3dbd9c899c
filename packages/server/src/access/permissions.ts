/** Permissions in a token (`scp` or `roles`) against those that a set or operation asks for. */
import type { Permissions } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import type { Caller } from './caller.ts';

/** Whether the token holds any one of them; none listed means that nobody may. */
export function permits(caller: Caller, permissions: Permissions): boolean {
  for (const permission of permissions) if (caller.permissions.has(permission)) return true;
  return false;
}

/** The refusal when `permits` is false: names what would do, least privileged first. */
export function permissionRefusal(caller: Caller, permissions: Permissions): DomainError {
  if (permissions.length === 0) return new DomainError('forbidden', 'No permission allows this operation.');
  const kind = caller.kind === 'delegated' ? 'delegated scopes' : 'application roles';
  return new DomainError(
    'forbidden',
    `Application is not authorized to perform this operation. Its token must hold one of the following ${kind}: ${permissions.join(', ')}`,
  );
}

/** @throws DomainError `forbidden` unless the token holds one of the permissions. */
export function requirePermission(caller: Caller, permissions: Permissions): void {
  if (!permits(caller, permissions)) throw permissionRefusal(caller, permissions);
}
