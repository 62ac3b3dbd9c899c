/** The documented example of each response resource, as its page shows it; tests and the OpenAPI document quote them. */

const SESSION_KEY = 'Session Key value';
const EXPIRATION = '2016-12-31T23:59:57.5564522-08:00';

/** Of the page of `extendRemoteHelpSessionResponse`. */
export const extendExample = {
  '@odata.type': '#microsoft.graph.extendRemoteHelpSessionResponse',
  sessionKey: SESSION_KEY,
  acsHelperUserToken: 'Acs Helper User Token value',
  pubSubHelperAccessUri: 'Pub Sub Helper Access Uri value',
  sessionExpirationDateTime: EXPIRATION,
} as const;

/** Of the page of `createRemoteHelpSessionResponse`. */
export const createExample = {
  '@odata.type': '#microsoft.graph.createRemoteHelpSessionResponse',
  sessionKey: SESSION_KEY,
  sessionType: 'takeFullControl',
} as const;

/** Of the page of `requestRemoteHelpSessionAccessResponse`. */
export const requestAccessExample = {
  '@odata.type': '#microsoft.graph.requestRemoteHelpSessionAccessResponse',
  sessionKey: SESSION_KEY,
  sessionType: 'takeFullControl',
  pubSubEncryptionKey: 'Pub Sub Encryption Key value',
  pubSubEncryption: 'Pub Sub Encryption value',
} as const;

/** Of the page of `retrieveRemoteHelpSessionResponse`. */
export const retrieveExample = {
  '@odata.type': '#microsoft.graph.retrieveRemoteHelpSessionResponse',
  sessionKey: SESSION_KEY,
  acsHelperUserToken: 'Acs Helper User Token value',
  acsHelperUserId: 'Acs Helper User Id value',
  acsSharerUserId: 'Acs Sharer User Id value',
  acsGroupId: 'Acs Group Id value',
  sessionType: 'takeFullControl',
  deviceName: 'Device Name value',
  pubSubGroupId: 'Pub Sub Group Id value',
  pubSubHelperAccessUri: 'Pub Sub Helper Access Uri value',
  sessionExpirationDateTime: EXPIRATION,
} as const;

/** By entity set name. */
export const examples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ExtendRemoteHelpSessionResponse: extendExample,
  CreateRemoteHelpSessionResponse: createExample,
  RequestRemoteHelpSessionAccessResponse: requestAccessExample,
  RemoteHelpSessionRetrieveResponse: retrieveExample,
};
