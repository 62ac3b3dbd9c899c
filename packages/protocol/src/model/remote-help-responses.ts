/** The four response resources at the service root, as their documentation pages describe them. */
import { dateTimeOffset, entitySet, entityType, enumOf, enumType, secret, string } from '../edm/schema.ts';
import { SERVICE_CONFIG } from './permissions.ts';

export const allowedRemoteAssistanceActions = enumType(
  'allowedRemoteAssistanceActions',
  { viewScreen: 1, takeFullControl: 2, elevation: 4, unattended: 8, unknownFutureValue: 16 },
  { isFlags: true, doc: 'What a helper may do in a session.' },
);

const sessionKey = string({ doc: "The session's unique identifier.", isIndexed: true, maxLength: 512 });
const sessionType = enumOf(allowedRemoteAssistanceActions, { doc: 'What the session allows.' });
const acsHelperUserToken = secret({ doc: "The helper's communication token." });
const pubSubHelperAccessUri = secret({ doc: "The helper's client access URI for the real-time gateway." });
const sessionExpirationDateTime = dateTimeOffset({ doc: 'When the session ends unless it is extended.' });

export const extendRemoteHelpSessionResponse = entityType(
  'extendRemoteHelpSessionResponse',
  { sessionKey, acsHelperUserToken, pubSubHelperAccessUri, sessionExpirationDateTime },
  { alternateKeys: ['sessionKey'], doc: "An extension of a session: the session's lease while it is live." },
);

export const createRemoteHelpSessionResponse = entityType(
  'createRemoteHelpSessionResponse',
  { sessionKey, sessionType },
  { alternateKeys: ['sessionKey'], doc: 'What the helper is told once a session is created.' },
);

export const requestRemoteHelpSessionAccessResponse = entityType(
  'requestRemoteHelpSessionAccessResponse',
  {
    sessionKey,
    sessionType,
    pubSubEncryptionKey: secret({ doc: 'The key with which clients encrypt their messages.' }),
    pubSubEncryption: secret({ doc: 'The initialisation vector that goes with the key.' }),
  },
  { alternateKeys: ['sessionKey'], doc: 'What a helper is told once access to a session is granted.' },
);

export const retrieveRemoteHelpSessionResponse = entityType(
  'retrieveRemoteHelpSessionResponse',
  {
    sessionKey,
    acsHelperUserToken,
    acsHelperUserId: string({ doc: "The helper's communication identity." }),
    acsSharerUserId: string({ doc: "The sharer's communication identity." }),
    acsGroupId: string({ doc: 'The communication group of the session.' }),
    sessionType,
    deviceName: string({ doc: 'The name of the device that is helped.', isIndexed: true, maxLength: 256 }),
    pubSubGroupId: string({ doc: 'The group of the session on the real-time gateway.' }),
    pubSubHelperAccessUri,
    sessionExpirationDateTime,
    webClientUri: string({ isNullable: true, doc: 'Where the helper reaches the web client of a virtual desktop.' }),
  },
  { alternateKeys: ['sessionKey'], doc: 'Everything a helper needs to join a session.' },
);

export const remoteHelpResponseSets = [
  entitySet('ExtendRemoteHelpSessionResponse', extendRemoteHelpSessionResponse, { permissions: SERVICE_CONFIG }),
  entitySet('CreateRemoteHelpSessionResponse', createRemoteHelpSessionResponse, { permissions: SERVICE_CONFIG }),
  entitySet('RequestRemoteHelpSessionAccessResponse', requestRemoteHelpSessionAccessResponse, {
    permissions: SERVICE_CONFIG,
  }),
  entitySet('RemoteHelpSessionRetrieveResponse', retrieveRemoteHelpSessionResponse, { permissions: SERVICE_CONFIG }),
] as const;
