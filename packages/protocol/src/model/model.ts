/** The whole model, in the order in which `$metadata` shows it. */
import type { Model } from '../edm/schema.ts';
import { auditEvents } from './audit-events.ts';
import { remoteHelpResponseSets } from './remote-help-responses.ts';

export * from './audit-events.ts';
export * from './permissions.ts';
export * from './remote-help-responses.ts';

export const model: Model = {
  sets: [...remoteHelpResponseSets, auditEvents],
  operations: [],
};
