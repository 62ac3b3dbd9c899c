/** Every set's behaviour, by set name. */
import type { Behaviours } from './behaviours.ts';
import { enrollmentTokenBehaviours } from './enrollment-tokens.ts';
import { managedDeviceBehaviours } from './managed-devices.ts';
import { remoteAssistanceBehaviours } from './remote-assistance.ts';
import { roleBehaviours } from './roles.ts';

/** The behaviours of all sets that have any. */
export const behaviours: Behaviours = {
  ...enrollmentTokenBehaviours,
  ...managedDeviceBehaviours,
  ...remoteAssistanceBehaviours,
  ...roleBehaviours,
};
