/** The set in which codes of invitations are known again. No path serves it. */
import { dateTimeOffset, entitySet, entityType, INTERNAL, string } from '@open-remote-help/protocol';

export const invitationCode = entityType(
  'invitationCode',
  {
    tenantId: string({ isImmutable: true, maxLength: 64 }),
    invitationId: string({ isImmutable: true, maxLength: 64 }),
    helper: string({ isImmutable: true, isSearchable: false, doc: 'Who made it, JSON; `Person` of `session.ts`.' }),
    origin: string({ isImmutable: true, isSearchable: false, doc: 'Scheme and host at which he reaches the service.' }),
    expiresDateTime: dateTimeOffset({ isIndexed: true }),
  },
  {
    namespace: 'openRemoteHelp',
    doc: 'A code that was given out. Its `id` is the HMAC-SHA-256 of the code under a key of the key ring, base64url.',
  },
);

export const invitationCodes = entitySet('invitationCodes', invitationCode, { path: '', permissions: INTERNAL });
