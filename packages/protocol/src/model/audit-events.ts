/** `deviceManagement/auditEvents`: one record for every write, minted token, key change and refused sign-in. */
import {
  boolean,
  complexCollection,
  complexOf,
  complexType,
  dateTimeOffset,
  entitySet,
  entityType,
  guid,
  int32,
  type Operation,
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

const OURS = { namespace: 'openRemoteHelp' } as const;

export const auditFault = complexType(
  'auditFault',
  {
    kind: string({ doc: 'altered, missing, or brokenStretch for a part of the chain itself.' }),
    recordId: string({ doc: 'The id of the record; of a part of the chain, its number.' }),
  },
  { ...OURS, doc: 'Something in the audit log that is not as it was written.' },
);

export const auditVerification = complexType(
  'auditVerification',
  {
    faults: complexCollection(auditFault, { doc: 'What is wrong in this part.' }),
    records: int32({ doc: 'How many records were found in the chain so far.' }),
    isComplete: boolean({ doc: 'Whether the end of the chain was reached.' }),
    next: string({ isNullable: true, doc: 'The mark to go on from; null at the end.' }),
    hash: string({
      isNullable: true,
      doc: 'The hash at the end of the chain, to be compared with a copy kept elsewhere.',
    }),
    unchained: int32({
      doc: 'At the end: how many records are not in the chain. Those of the last second are among them.',
    }),
  },
  { ...OURS, doc: 'What a part of the audit log looks like against its hash chain.' },
);

/** Graph has no word for it. */
export const verifyAuditEvents: Operation = {
  ...OURS,
  kind: 'function',
  name: 'verifyAuditEvents',
  boundTo: ['deviceManagement'],
  parameters: [{ name: 'mark', type: string().type, maxLength: 128 }],
  returns: auditVerification,
  permissions: AUDIT.read,
  doc: "Holds a part of the audit log against its hash chain. Begin with the mark '', and go on from next.",
};
