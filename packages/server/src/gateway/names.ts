/** Which names Web PubSub allows (REST contract 2024-12-01, `routes.tsp`). */
import { DomainError } from '../errors.ts';

const HUB = /^[A-Za-z][A-Za-z0-9_`,.[\]]{0,127}$/;
const EVENT = /^[a-z][a-z0-9_.-]{0,127}$/i;
const LONGEST_GROUP = 1_024;

export function isHubName(name: string): boolean {
  return HUB.test(name);
}

export function isEventName(name: string): boolean {
  return EVENT.test(name);
}

/** 1 to 1,024 characters, not white space alone. Case matters. */
export function isGroupName(name: string): boolean {
  return name.length <= LONGEST_GROUP && name.trim() !== '';
}

/** @throws DomainError badRequest, with the given target */
export function requireGroupName(name: string, target: string): void {
  if (isGroupName(name)) return;
  throw new DomainError('badRequest', 'A group name has 1 to 1,024 characters and is not blank.', { target });
}
