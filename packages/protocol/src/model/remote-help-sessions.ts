/** `remoteHelp/sessions`: every session with its state and how it ended. Graph has no word for it; nothing in it is secret. */
import {
  boolean,
  complexCollection,
  complexOf,
  complexType,
  dateTimeOffset,
  entitySet,
  entityType,
  enumOf,
  enumType,
  int32,
  string,
} from '../edm/schema.ts';
import { eachGrant } from '../events/grants.ts';
import { END_REASONS } from '../events/words.ts';
import { MANAGED_DEVICES } from './permissions.ts';
import { allowedRemoteAssistanceActions } from './remote-help-responses.ts';

const NAMESPACE = { namespace: 'openRemoteHelp' } as const;
const computed = { isComputed: true } as const;
const nullable = { isComputed: true, isNullable: true } as const;

export const sessionState = enumType('sessionState', ['requested', 'active', 'ended'], {
  ...NAMESPACE,
  doc: 'Where a session stands.',
});

export const sessionEndReason = enumType('sessionEndReason', ['notEnded', ...END_REASONS], {
  ...NAMESPACE,
  doc: 'Why a session ended.',
});

export const sessionGrants = complexType(
  'sessionGrants',
  eachGrant(() => boolean()),
  { ...NAMESPACE, doc: 'What the device lets helpers do.' },
);

export const sessionHelper = complexType(
  'sessionHelper',
  {
    userId: string({ ...computed, doc: "The helper's object id." }),
    displayName: string(nullable),
    userPrincipalName: string(nullable),
    access: string({ ...computed, doc: 'known, asked, admitted or refused.' }),
  },
  { ...NAMESPACE, doc: 'A helper whom the session knows.' },
);

export const remoteHelpSession = entityType(
  'remoteHelpSession',
  {
    sessionKey: string({ ...computed, isIndexed: true, maxLength: 64, doc: 'What its participants know it by.' }),
    state: enumOf(sessionState, { ...computed, isIndexed: true, doc: 'Where it stands.' }),
    endReason: enumOf(sessionEndReason, { ...computed, defaultValue: 'notEnded', doc: 'Why it ended.' }),
    endedBy: string({ ...nullable, doc: 'Who ended it; null where nobody did.' }),
    sessionType: enumOf(allowedRemoteAssistanceActions, { ...computed, doc: 'What was asked for.' }),
    grants: complexOf(sessionGrants, { ...computed, doc: 'What the device granted; null before it did.' }),
    deviceId: string({ ...computed, isIndexed: true, maxLength: 64, doc: 'The id of the managed device.' }),
    deviceName: string({ ...computed, maxLength: 256, doc: 'The name of the device when the session began.' }),
    isUnenrolled: boolean({
      ...computed,
      defaultValue: false,
      doc: 'Whether a page in a browser shares the screen, not a managed device.',
    }),
    helperId: string({ ...computed, isIndexed: true, maxLength: 256, doc: 'The object id of who created it.' }),
    helperDisplayName: string(nullable),
    helperUserPrincipalName: string(nullable),
    helpers: complexCollection(sessionHelper, { ...computed, doc: 'Every helper whom it knows.' }),
    reason: string({ ...nullable, doc: "Why, in the helper's words." }),
    ticket: string({ ...nullable, doc: 'The ticket that the helper named.' }),
    createdDateTime: dateTimeOffset({ ...computed, isIndexed: true, doc: 'When it was requested.' }),
    acceptedDateTime: dateTimeOffset({ ...nullable, doc: 'When the device accepted it.' }),
    endedDateTime: dateTimeOffset({ ...nullable, doc: 'When it ended.' }),
    consentExpirationDateTime: dateTimeOffset({
      ...nullable,
      doc: 'Until when the device may answer, while it is requested.',
    }),
    sessionExpirationDateTime: dateTimeOffset({ ...computed, doc: 'When it ends unless it is extended.' }),
    latestExpirationDateTime: dateTimeOffset({ ...computed, doc: 'When it ends at the latest.' }),
    extensions: int32({ ...computed, doc: 'How often it was extended.' }),
  },
  { ...NAMESPACE, alternateKeys: ['sessionKey'], doc: 'A help session, from the request to its end and after.' },
);

export const remoteHelpSessions = entitySet('sessions', remoteHelpSession, {
  path: 'remoteHelp/sessions',
  verbs: ['list', 'get'],
  permissions: { read: MANAGED_DEVICES.read, write: [] },
});
