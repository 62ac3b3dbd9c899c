/** `remoteHelp/enrollmentTokens`: what lets a device enrol itself. Graph has no word for it. */
import { dateTimeOffset, entitySet, entityType, int32, NO_DATE, string } from '../edm/schema.ts';
import { MANAGED_DEVICES } from './permissions.ts';

const text = (doc: string) => string({ isNullable: true, isImmutable: true, maxLength: 256, doc });

export const enrollmentToken = entityType(
  'enrollmentToken',
  {
    displayName: text('What the token is for, in words.'),
    token: string({
      isNullable: true,
      isComputed: true,
      isSecret: true,
      isSearchable: false,
      doc: 'The text to give to the device. Answered once, at creation, and null ever after: only a hash is kept.',
    }),
    expirationDateTime: dateTimeOffset({
      defaultValue: NO_DATE,
      isImmutable: true,
      doc: 'From when on it enrols nothing; a day after its creation when left out, a year at most.',
    }),
    maxUses: int32({ defaultValue: 1, isImmutable: true, doc: 'How many devices it enrols, 1 to 10000.' }),
    uses: int32({ defaultValue: 0, isComputed: true, doc: 'How many devices it has enrolled.' }),
    createdDateTime: dateTimeOffset({ defaultValue: NO_DATE, isComputed: true, doc: 'When it was made.' }),
    deviceName: text('The name that the device gets, whatever it calls itself.'),
    userId: text('The object id of the primary user that the device gets.'),
    userPrincipalName: text('The user principal name of the primary user that the device gets.'),
    managedDeviceId: text('The device that enrols anew, or for the first time where an admin entered it.'),
  },
  {
    namespace: 'openRemoteHelp',
    references: { managedDevice: { property: 'managedDeviceId', set: 'managedDevices' } },
    doc: 'A token with which a device enrols itself.',
  },
);

export const enrollmentTokens = entitySet('enrollmentTokens', enrollmentToken, {
  path: 'remoteHelp/enrollmentTokens',
  verbs: ['list', 'get', 'create', 'delete'],
  permissions: MANAGED_DEVICES,
});
