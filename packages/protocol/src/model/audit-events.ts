/** `deviceManagement/auditEvents`: one record for every write, minted token, key change and refused sign-in. */
import {
  complexCollection,
  complexOf,
  complexType,
  dateTimeOffset,
  entitySet,
  entityType,
  guid,
  string,
  stringCollection,
} from '../edm/schema.ts';
import { AUDIT } from './permissions.ts';

/** No client writes here: a text is as long as what it tells of. */
const nullable = { isNullable: true, isComputed: true } as const;

export const auditActor = complexType('auditActor', {
  auditActorType: string(nullable),
  userPermissions: stringCollection({ isComputed: true }),
  applicationId: string(nullable),
  applicationDisplayName: string(nullable),
  userPrincipalName: string(nullable),
  servicePrincipalName: string(nullable),
  ipAddress: string(nullable),
  userId: string(nullable),
});

export const auditProperty = complexType('auditProperty', {
  displayName: string(nullable),
  oldValue: string(nullable),
  newValue: string(nullable),
});

export const auditResource = complexType('auditResource', {
  displayName: string(nullable),
  auditResourceType: string(nullable),
  resourceId: string(nullable),
  modifiedProperties: complexCollection(auditProperty),
});

export const auditEvent = entityType(
  'auditEvent',
  {
    displayName: string({ ...nullable, doc: 'The event in a few words.' }),
    componentName: string({ ...nullable, doc: 'The part of the service that acted.' }),
    actor: complexOf(auditActor, { doc: 'Who acted.' }),
    activity: string({ ...nullable, doc: 'What was done.' }),
    activityDateTime: dateTimeOffset({ doc: 'When it was done.', isIndexed: true }),
    activityType: string({ ...nullable, doc: 'What was done, as a constant.' }),
    activityOperationType: string({ ...nullable, doc: 'Create, Update, Delete or Action.' }),
    activityResult: string({ ...nullable, doc: 'Success or Failure.' }),
    correlationId: guid({ doc: 'The request-id of the request that caused it.' }),
    resources: complexCollection(auditResource, { doc: 'What was acted upon.' }),
    category: string({ ...nullable, doc: 'RemoteHelp, Device, Role, Settings or SignIn.' }),
    sessionId: string({
      ...nullable,
      isIndexed: true,
      isSearchable: false,
      maxLength: 64,
      doc: 'The id of the help session that it is about, for its history. Not in Graph.',
    }),
  },
  { doc: 'A record of something that was done, or refused.' },
);

export const auditEvents = entitySet('auditEvents', auditEvent, {
  path: 'deviceManagement/auditEvents',
  verbs: ['list', 'get'],
  permissions: AUDIT,
});
