import { decodeControlEvent, encodeControlEvent } from '@open-remote-help/protocol/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  askedEvent,
  controlEvent,
  type EventBody,
  pairedEvent,
  presenceEvent,
  requestedEvent,
} from './control-events.ts';
import { newSession } from './new-session.ts';
import {
  type Connection,
  type ConnectionId,
  DEFAULT_SETTINGS,
  type DeviceId,
  helperParty,
  NO_GRANTS,
  type Person,
  type SessionId,
} from './session.ts';
import { newSessionKey } from './session-key.ts';

const NOW = 1_800_000_000_000;

/** Whatever claims and clients may bring: controls, halves of pairs, nothing at all. */
const anything = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 700 }),
  fc.constantFrom('', ' ', '\u202e', '\ud800', 'Kim\nLee', 'x'.repeat(1_000)),
);

const person = fc.record<Person>({
  objectId: fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
  displayName: fc.option(anything),
  userPrincipalName: fc.option(anything),
  organization: anything,
  groups: fc.constant([]),
  directoryRoles: fc.constant([]),
  issuer: fc.constant('https://issuer.example'),
});

function sessionOf(creator: Person, reason: string | null, ticket: string | null) {
  const ingredients = {
    id: 'id' as SessionId,
    key: newSessionKey(),
    tenantId: 'tenant',
    device: { id: 'device' as DeviceId, name: 'PC', keyThumbprint: null },
    creator,
    helperIdentity: 'h',
    sharerIdentity: 's',
    acsGroupId: 'a',
    groupId: 'g',
    isChatBlocked: false,
  };
  return newSession(ingredients, { type: 'viewScreen', reason, ticket }, NOW, DEFAULT_SETTINGS);
}

describe('control events', () => {
  // SES-8: what a person decides by cannot hide or reorder anything, and can always be shown
  it('are fit to be sent, whatever claims and clients hold', () => {
    fc.assert(
      fc.property(person, fc.option(anything), fc.option(anything), (creator, reason, ticket) => {
        const session = sessionOf(creator, reason, ticket);
        const party = helperParty(creator.objectId);
        const connection: Connection = { id: 'c' as ConnectionId, party, isAdmitted: true, nodeId: '' };
        const prompt = { id: 'p', kind: 'access', helperId: creator.objectId, wants: NO_GRANTS, until: NOW } as const;
        const bodies: (EventBody | undefined)[] = [
          requestedEvent(session, creator, NOW),
          askedEvent(prompt, creator),
          presenceEvent(session, party, true),
          presenceEvent(session, 'sharer', false),
          pairedEvent(session, connection, 's' as ConnectionId),
        ];
        for (const body of bodies) {
          if (!body) throw new Error('There is no event.');
          const event = controlEvent(session, body);
          expect(decodeControlEvent(encodeControlEvent(event))).toEqual(event);
        }
      }),
    );
  });
});
