import { model } from '@open-remote-help/protocol';

const served = [
  ...model.sets.flatMap(({ permissions }) => [...permissions.read, ...permissions.write]),
  ...model.operations.flatMap(({ permissions }) => permissions),
];

/** Every permission that anything served asks for, in alphabetical order. */
export const KNOWN_PERMISSIONS: readonly string[] = [...new Set(served)].sort();

const PERMISSION = /^[\w.-]{1,200}$/;

/** Whether a text may stand as one word in `scp` or as one role; it need not be known. */
export function isPermissionName(text: string): boolean {
  return PERMISSION.test(text);
}
