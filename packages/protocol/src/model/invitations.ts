/** `remoteHelp/invitations`: codes with which somebody who has nothing installed shares a screen from a browser. */
import { dateTimeOffset, entitySet, entityType, enumOf, enumType, NO_DATE, string } from '../edm/schema.ts';
import { MANAGED_DEVICES } from './permissions.ts';
import { allowedRemoteAssistanceActions } from './remote-help-responses.ts';

const NAMESPACE = { namespace: 'openRemoteHelp' } as const;
const computed = { isComputed: true } as const;
const nullable = { isComputed: true, isNullable: true } as const;

export const invitationState = enumType('invitationState', ['open', 'claimed'], {
  ...NAMESPACE,
  doc: 'Whether somebody has typed the code. One that is open counts until expirationDateTime.',
});

export const invitation = entityType(
  'invitation',
  {
    code: string({
      ...nullable,
      isSecret: true,
      isSearchable: false,
      doc: 'What the sharer types. Answered once, at creation, and null ever after: only a keyed hash is kept.',
    }),
    state: enumOf(invitationState, { ...computed, defaultValue: 'open', doc: 'Whether it was claimed.' }),
    sessionType: enumOf(allowedRemoteAssistanceActions, {
      isImmutable: true,
      defaultValue: 'viewScreen',
      doc: 'viewScreen: a page in a browser cannot be controlled.',
    }),
    reason: string({ isNullable: true, isImmutable: true, maxLength: 500, doc: "Why, in the helper's words." }),
    ticket: string({ isNullable: true, isImmutable: true, maxLength: 100, doc: 'The ticket that the helper names.' }),
    helperId: string({ ...computed, defaultValue: '', isIndexed: true, maxLength: 256, doc: 'Who made it.' }),
    createdDateTime: dateTimeOffset({ ...computed, defaultValue: NO_DATE, doc: 'When it was made.' }),
    expirationDateTime: dateTimeOffset({
      ...computed,
      defaultValue: NO_DATE,
      isIndexed: true,
      doc: 'From when on the code is good for nothing: 10 minutes after it was made.',
    }),
    claimedDateTime: dateTimeOffset({ ...nullable, doc: 'When the code was typed.' }),
    sessionId: string({ ...nullable, maxLength: 64, doc: 'The id in remoteHelp/sessions of what came of it.' }),
  },
  {
    ...NAMESPACE,
    doc: 'A code that lets one browser page be helped by the helper who made it. Deleting withdraws it.',
  },
);

export const invitations = entitySet('invitations', invitation, {
  path: 'remoteHelp/invitations',
  verbs: ['list', 'get', 'create', 'delete'],
  permissions: MANAGED_DEVICES,
});
