/** Entity sets of devices that no path serves: how enrolment tokens are known again, and how devices sign in. */
import { boolean, dateTimeOffset, entitySet, entityType, INTERNAL, string } from '@open-remote-help/protocol';

const internal = { path: '', permissions: INTERNAL } as const;
const NAMESPACE = 'openRemoteHelp';

const enrollmentTokenSecret = entityType(
  'enrollmentTokenSecret',
  { secretHash: string({ doc: 'SHA-256 of the secret part, base64url.', isSearchable: false }) },
  { namespace: NAMESPACE, doc: 'What an enrolment token is known by. Its `id` is that of the token.' },
);

export const deviceCredential = entityType(
  'deviceCredential',
  {
    publicKey: string({ doc: 'The public JWK (P-256), JSON.', isSearchable: false }),
    keyThumbprint: string({ doc: 'RFC 7638, SHA-256; one key belongs to one device.', maxLength: 64 }),
    enrollmentTokenId: string({ doc: 'The token with which the key was enrolled.', maxLength: 64 }),
    hasSignedIn: boolean({ doc: 'Whether the key was ever used: until then its enrolment may be repeated.' }),
    parkedDateTime: dateTimeOffset({ isNullable: true, doc: 'Since when both copies are refused.' }),
    sessionId: string({
      isNullable: true,
      maxLength: 64,
      doc: 'Of a page: the one session in which it takes part, and with which it goes. No managed device has one.',
    }),
  },
  {
    namespace: NAMESPACE,
    doc: 'How a device signs in. Its `id` is that of the managed device.',
    alternateKeys: ['keyThumbprint'],
  },
);

/** Apart from the key, so that a database that was put back to an earlier day can forget it (`forgetGenerations`). */
export const deviceGeneration = entityType(
  'deviceGeneration',
  {
    currentHash: string({ doc: 'SHA-256 of the secret that the next sign-in needs.', isSearchable: false }),
    previousHash: string({ isNullable: true, doc: 'Of the one before it.', isSearchable: false }),
    isPreviousSpent: boolean({ doc: 'Whether the one before was taken a second time already.' }),
    changedDateTime: dateTimeOffset({ isIndexed: true }),
  },
  { namespace: NAMESPACE, doc: 'How far a device has come. Its `id` is that of the managed device.' },
);

const deviceAssertion = entityType(
  'deviceAssertion',
  { expiresDateTime: dateTimeOffset({ isIndexed: true }) },
  { namespace: NAMESPACE, doc: 'A sign-in assertion that was used. Its `id` is a hash of device and `jti`.' },
);

export const enrollmentTokenSecrets = entitySet('enrollmentTokenSecrets', enrollmentTokenSecret, internal);
export const deviceCredentials = entitySet('deviceCredentials', deviceCredential, internal);
export const deviceGenerations = entitySet('deviceGenerations', deviceGeneration, internal);
export const deviceAssertions = entitySet('deviceAssertions', deviceAssertion, internal);

/** Every internal set of devices; a store keeps them beside those of the model. */
export const deviceSets = [enrollmentTokenSecrets, deviceCredentials, deviceGenerations, deviceAssertions] as const;
