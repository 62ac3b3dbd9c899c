/** The sets in which the engine keeps sessions beside their public record. No path serves them. */
import { dateTimeOffset, entitySet, entityType, INTERNAL, string } from '@open-remote-help/protocol';
import { invitationCodes } from './invitation-model.ts';

const internal = { path: '', permissions: INTERNAL } as const;
const NAMESPACE = { namespace: 'openRemoteHelp' } as const;

export const liveSession = entityType(
  'liveSession',
  {
    // A string and no Guid: comparisons of Guids fold case, and no index serves them.
    tenantId: string({ isImmutable: true, isIndexed: true, maxLength: 64 }),
    state: string({ doc: 'The session as data, JSON; see `session.ts`.', isSearchable: false }),
    keyMaterial: string({
      isNullable: true,
      isSecret: true,
      isSearchable: false,
      doc: 'From which the keys of its connections are derived. Null once ended.',
    }),
    deviceSlot: string({
      isNullable: true,
      doc: '`tenant|device` while live: unique, so that a device has one live session.',
      maxLength: 128,
    }),
    replayKey: string({ isNullable: true, doc: 'Hash of who created it, where, and in which request.', maxLength: 64 }),
    nextDeadlineDateTime: dateTimeOffset({ isIndexed: true, doc: 'The earliest of its deadlines.' }),
    changedDateTime: dateTimeOffset({ isIndexed: true, doc: 'When it last changed: what other nodes look for.' }),
  },
  {
    ...NAMESPACE,
    alternateKeys: ['deviceSlot', 'replayKey'],
    doc: "What the engine knows of a session; its `id` is the session's. Forgotten some minutes after the end.",
  },
);

export const sessionEffect = entityType(
  'sessionEffect',
  {
    tenantId: string({ isImmutable: true, maxLength: 64 }),
    sessionId: string({ isImmutable: true, maxLength: 64 }),
    body: string({ doc: 'What is to be done, JSON; see `effects.ts`.', isImmutable: true, isSearchable: false }),
    createdDateTime: dateTimeOffset({ isIndexed: true }),
  },
  { ...NAMESPACE, doc: 'What a transition asks of the world; removed when it is done.' },
);

export const promptLog = entityType(
  'promptLog',
  {
    log: string({ doc: 'JSON; see `prompt-limits.ts`.', isSearchable: false }),
    expiresDateTime: dateTimeOffset({ isIndexed: true, doc: 'When nothing in it counts any more.' }),
  },
  { ...NAMESPACE, doc: 'The prompts that a device has shown lately; its `id` is that of the device.' },
);

export const sessionNode = entityType(
  'sessionNode',
  { seenDateTime: dateTimeOffset({ isIndexed: true, doc: 'When the node last said that it runs.' }) },
  { ...NAMESPACE, doc: 'A node that holds connections. One that falls silent has lost them.' },
);

export const liveSessions = entitySet('liveSessions', liveSession, internal);
export const sessionEffects = entitySet('sessionEffects', sessionEffect, internal);
export const promptLogs = entitySet('promptLogs', promptLog, internal);
export const sessionNodes = entitySet('sessionNodes', sessionNode, internal);

/** Every internal set of sessions; a store keeps them beside those of the model. */
export const sessionSets = [liveSessions, sessionEffects, promptLogs, sessionNodes, invitationCodes] as const;
