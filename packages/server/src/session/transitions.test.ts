import { describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../access/audit-record.ts';
import type { ActorCommand, Circumstances, Command, Step } from './commands.ts';
import { nextDeadline } from './deadlines.ts';
import { newSession } from './new-session.ts';
import { NO_PROMPTS, type PromptLog } from './prompt-limits.ts';
import {
  type ActiveSession,
  type ConnectionId,
  DEFAULT_SETTINGS,
  type DeviceId,
  type Grants,
  helperParty,
  NO_GRANTS,
  type Person,
  type Session,
  type SessionId,
  type SessionKey,
  type SessionType,
} from './session.ts';
import { grantsText, textOf } from './steps.ts';
import { created, transition } from './transitions.ts';
import type { Actor } from './who-may.ts';

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DEVICE = 'device' as DeviceId;
const ALL: Grants = { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true };

function someone(objectId: string): Person {
  return {
    objectId,
    displayName: objectId,
    userPrincipalName: null,
    organization: 'Example',
    groups: [],
    directoryRoles: [],
    issuer: 'https://issuer.example',
  };
}

const person = (objectId: string, traits: { mayHelp?: boolean; isAdmin?: boolean } = {}): Actor => ({
  kind: 'person',
  person: someone(objectId),
  mayHelp: traits.mayHelp ?? true,
  isAdmin: traits.isAdmin ?? false,
  audit: SYSTEM_ACTOR,
});
const creator = person('creator');
const other = person('other');
const admin = person('admin', { mayHelp: false, isAdmin: true });
const application: Actor = { kind: 'application', audit: SYSTEM_ACTOR };
const device: Actor = { kind: 'device', deviceId: DEVICE, audit: SYSTEM_ACTOR };

function requested(type: SessionType = 'takeFullControl'): Session {
  const ingredients = {
    id: 'id' as SessionId,
    key: 'rh_key' as SessionKey,
    tenantId: 'tenant',
    device: { id: DEVICE, name: 'PC', keyThumbprint: null },
    creator: someone('creator'),
    helperIdentity: '8:acs:helper',
    sharerIdentity: '8:acs:sharer',
    acsGroupId: 'acs group',
    groupId: 'group',
    isChatBlocked: false,
  };
  return newSession(ingredients, { type, reason: null, ticket: null }, NOW, DEFAULT_SETTINGS);
}

/** Applies commands one after the other, each at its instant. */
class Story {
  session: Session | undefined;
  prompts: PromptLog = NO_PROMPTS;
  last: Step | undefined;
  now = NOW;

  constructor(session: Session = requested()) {
    this.session = session;
  }

  at(now: number): this {
    this.now = now;
    return this;
  }

  does(command: Command): this {
    if (!this.session) throw new Error('The session is forgotten.');
    const circumstances: Circumstances = { now: this.now, settings: DEFAULT_SETTINGS, prompts: this.prompts };
    this.last = transition(this.session, command, circumstances);
    this.session = this.last.session;
    this.prompts = this.last.prompts;
    return this;
  }

  get active(): ActiveSession {
    if (this.session?.state !== 'active') throw new Error('The session is not active.');
    return this.session;
  }

  get events(): (string | undefined)[] {
    return (this.last?.effects ?? []).flatMap((effect) => ('event' in effect ? [effect.event.event] : []));
  }

  get refusal(): string | undefined {
    return this.last?.refusal?.code;
  }

  get endReason(): string | undefined {
    return this.session?.state === 'ended' ? this.session.endReason : undefined;
  }
}

const accept = (grants = ALL, promptId?: string): Command => ({
  kind: 'accept',
  actor: device,
  grants,
  ...(promptId === undefined ? {} : { promptId }),
});
const opened = (party: string, id: string): Command => ({
  kind: 'connectionOpened',
  party: party === 'sharer' ? party : helperParty(party),
  connectionId: id as ConnectionId,
  nodeId: 'node',
});
const lost = (id: string): Command => ({ kind: 'connectionLost', connectionId: id as ConnectionId });
const requestAccess = (actor: Actor, id: string, promptId = 'p1'): Command => ({
  kind: 'requestAccess',
  actor,
  connectionId: id as ConnectionId,
  isOwn: true,
  promptId,
});
const end = (actor: Actor): Command => ({ kind: 'end', actor });
const extend = (actor: Actor): Command => ({ kind: 'extend', actor });
const wake: Command = { kind: 'wake' };

/** Active, with a connection of each end that is in. */
function activeStory(type?: SessionType): Story {
  return new Story(requested(type))
    .does(opened('sharer', 's'))
    .does({ kind: 'retrieve', actor: creator, identity: '8:acs:x' })
    .does(opened('creator', 'h'))
    .does(accept())
    .does(requestAccess(creator, 'h'));
}

describe('a requested session', () => {
  // ST-1
  it('begins with the device being told', () => {
    const circumstances = { now: NOW, settings: DEFAULT_SETTINGS, prompts: NO_PROMPTS };
    const step = created(requested() as Parameters<typeof created>[0], someone('creator'), circumstances);
    expect(step.effects).toMatchObject([{ kind: 'tellDevice', event: { event: 'requested' } }]);
    expect(step.prompts.prompts).toMatchObject([{ at: NOW }]);
  });

  // ST-2, SES-2
  it.each(['takeFullControl', 'unattended'] as const)('%s becomes active by the device alone', (type) => {
    const story = new Story(requested(type));
    for (const actor of [creator, other, admin, application]) {
      expect(story.does({ kind: 'accept', actor, grants: ALL }).refusal).toBe('forbidden');
    }
    story.does(opened('sharer', 's')).does(accept());
    expect(story.active.connections).toMatchObject([{ id: 's', isAdmitted: true }]);
    expect(story.events).toEqual(['consent', 'granted']);
  });

  // ST-3, SES-13.2
  it('ends as declined, with the helper to wait, who is told how long before his connection is closed', () => {
    const story = new Story().does({ kind: 'decline', actor: device });
    expect(story.endReason).toBe('declined');
    expect(story.last?.effects.slice(0, 3)).toEqual([
      {
        ...{ kind: 'tell', parties: [helperParty('creator')] },
        event: { event: 'consent', kind: 'session', decision: 'declined', retryAt: textOf(NOW + 30_000) },
      },
      expect.objectContaining({ event: { event: 'ended', reason: 'declined' } }),
      expect.objectContaining({ event: { event: 'ended', reason: 'declined' }, parties: 'all' }),
    ]);
    expect(story.prompts.declines.creator).toEqual({ count: 1, at: NOW });
    expect(new Story().does(end(device)).endReason).toBe('declined');
  });

  // ST-4, SES-2, SES-4
  it.each([
    [-1, undefined],
    [0, 'timedOut'],
    [1, 'timedOut'],
  ])('at %i ms from five minutes has ended as %s', (ms, reason) => {
    const story = new Story()
      .does(extend(creator))
      .at(NOW + 5 * MINUTE + ms)
      .does(wake);
    expect(story.endReason).toBe(reason);
    if (story.session?.state === 'ended') expect(story.session.endedAt).toBe(NOW + 5 * MINUTE);
  });

  // ST-5, ST-6
  it.each([
    ['creator', creator, 'cancelled'],
    ['admin', admin, 'endedByAdmin'],
    ['application', application, 'endedByAdmin'],
  ])('is ended by %s', (_, actor, reason) => {
    expect(new Story().does(end(actor)).endReason).toBe(reason);
  });

  // SES-7
  it('lets nobody in', () => {
    const story = new Story().does(opened('creator', 'h')).does(requestAccess(creator, 'h'));
    expect(story.refusal).toBe('consentPending');
    expect(story.last?.effects).toEqual([]);
  });
});

describe('what is granted', () => {
  // SES-8.1
  it('is the view alone where that is the session type', () => {
    expect(activeStory('viewScreen').active.grants).toEqual({ ...NO_GRANTS, view: true });
  });

  // SES-8.1
  it('is at least the view', () => {
    const story = new Story().does(accept({ ...ALL, view: false }));
    expect([story.refusal, story.session?.state]).toEqual(['badRequest', 'requested']);
  });

  // ST-16, SES-8, SES-8.2
  it('is taken back by the device, and widened by nobody', () => {
    const story = activeStory().does({ kind: 'narrow', actor: device, grants: { ...ALL, control: false } });
    expect(story.active.grants.control).toBe(false);
    expect(story.events).toEqual(['granted']);
    story.does({ kind: 'narrow', actor: device, grants: ALL });
    expect(story.active.grants.control).toBe(false);
  });

  // ST-14, ST-15, SES-8.2
  it('grows by what was asked and granted', () => {
    const story = new Story().does(accept({ ...NO_GRANTS, view: true }));
    story.does({ kind: 'requestRights', actor: creator, wants: { ...NO_GRANTS, control: true }, promptId: 'p' });
    expect(story.events).toEqual(['asked']);
    story.does(accept(ALL, 'p'));
    expect(story.active.grants).toEqual({ ...NO_GRANTS, view: true, control: true });
    expect(story.active.prompts).toEqual([]);
  });

  // SES-8.2
  it('is asked for once at a time, within the type, and only if it is more', () => {
    const ask = (wants: Partial<Grants>): Command => ({
      kind: 'requestRights',
      actor: creator,
      wants: { ...NO_GRANTS, ...wants },
      promptId: 'p',
    });
    expect(activeStory('viewScreen').does(ask({ control: true })).refusal).toBe('badRequest');
    expect(activeStory().does(ask({ control: true })).refusal).toBe('conflict');
    const story = new Story().does(accept({ ...NO_GRANTS, view: true })).does(ask({ control: true }));
    expect(story.does(ask({ clipboardToHelper: true })).refusal).toBe('consentPending');
  });
});

describe('the lease', () => {
  const leaseOf = (story: Story) => story.session?.lease.expiresAt;

  // SES-3, ST-8
  it('starts at creation and is renewed from now, up to the cap', () => {
    const story = activeStory();
    expect(leaseOf(story)).toBe(NOW + HOUR);
    for (let hours = 0.5; hours <= 7; hours += 0.5) {
      story.at(NOW + hours * HOUR).does(extend(creator));
      expect(leaseOf(story)).toBe(NOW + (hours + 1) * HOUR);
    }
    expect(story.at(NOW + 7.5 * HOUR).does(extend(creator)).refusal).toBe('conflict');
    expect(story.last?.refusal?.message).toContain(textOf(NOW + 8 * HOUR));
    expect(story.active.lease.generation).toBe(15);
  });

  // SES-3
  it('is never shortened by an extension', () => {
    const text = textOf(NOW + 4 * HOUR);
    const story = activeStory().does({ kind: 'moveLease', actor: creator, text }).does(extend(creator));
    expect([leaseOf(story), story.session?.lease.text]).toEqual([NOW + 4 * HOUR, text]);
  });

  // SES-3.1
  it('moves by its text, which is kept', () => {
    const text = textOf(NOW + 2 * HOUR)
      .replace('Z', '9999Z')
      .replace('.000', '.000');
    const story = activeStory().does({ kind: 'moveLease', actor: creator, text });
    expect([leaseOf(story), story.session?.lease.text]).toEqual([NOW + 2 * HOUR, text]);
    expect(story.events).toEqual(['leaseRenewed']);
  });

  // SES-3.1
  it.each([
    ['beyond the cap', textOf(NOW + 8 * HOUR + 1), 'badRequest', undefined],
    ['to the cap', textOf(NOW + 8 * HOUR), undefined, undefined],
    ['to now', textOf(NOW), undefined, 'endedByHelper'],
    ['to what is past', '2016-12-31T23:59:57.5564522-08:00', undefined, 'endedByHelper'],
    ['to no date', '2026-02-30T00:00:00Z', 'badRequest', undefined],
  ])('moved %s', (_, text, refusal, reason) => {
    const story = activeStory().does({ kind: 'moveLease', actor: creator, text });
    expect([story.refusal, story.endReason]).toEqual([refusal, reason]);
  });

  // ST-7, SES-4
  it.each([
    [-1, undefined],
    [0, 'expired'],
    [1, 'expired'],
  ])('at %i ms from its end the session has ended as %s', (ms, reason) => {
    expect(
      activeStory()
        .at(NOW + HOUR + ms)
        .does(wake).endReason,
    ).toBe(reason);
  });

  // SES-4
  it('that has passed refuses whoever comes, though no timer fired', () => {
    const story = activeStory()
      .at(NOW + HOUR)
      .does(extend(creator));
    expect([story.refusal, story.endReason]).toEqual(['notFound', 'expired']);
    expect(story.last?.deeds).toMatchObject([{ isServers: true, details: { endReason: 'expired' } }]);
  });
});

describe('access', () => {
  // SES-7, SES-7.1
  it('is given to the connection that the helper opened, and to it again', () => {
    const story = activeStory();
    expect(story.active.connections.find(({ id }) => id === 'h')?.isAdmitted).toBe(true);
    expect(story.active.helperDueAt).toBeUndefined();
    story.does(requestAccess(creator, 'h'));
    expect(story.last?.effects).toEqual([{ kind: 'admit', connectionId: 'h', groupId: 'group' }]);
  });

  // SES-7
  it('is not given to a connection that is not his', () => {
    const story = activeStory().does({ ...requestAccess(creator, 'x'), isOwn: false } as ActorCommand);
    expect(story.refusal).toBe('notFound');
  });

  // SES-7.2, ST-14, ST-15
  it('is asked for on the device for another helper, and given', () => {
    const story = activeStory().does({ kind: 'retrieve', actor: other, identity: '8:acs:y' });
    story.does(opened('other', 'o')).does(requestAccess(other, 'o'));
    expect([story.refusal, story.events]).toEqual(['consentPending', ['asked']]);
    expect(story.does(requestAccess(other, 'o')).events).toEqual([]);
    story.does(accept(ALL, 'p1'));
    expect(story.events).toEqual(['consent']);
    story.does(requestAccess(other, 'o'));
    expect(story.refusal).toBeUndefined();
    expect(story.events).toEqual(['presence', 'paired', 'paired']);
  });

  // SES-8.3
  it('is given with what the sharer answers about that helper, which all have from then on', () => {
    const less = { ...ALL, control: false };
    const story = activeStory().does({ kind: 'retrieve', actor: other, identity: '8:acs:y' });
    story.does(opened('other', 'o')).does(requestAccess(other, 'o')).does(accept(less, 'p1'));
    expect(story.active.grants).toEqual(less);
    expect(story.last?.effects).toMatchObject([
      { event: { event: 'consent', decision: 'granted' } },
      { event: { event: 'granted', grants: less, by: 'sharer' } },
    ]);
    expect(story.last?.deeds).toMatchObject([{ details: { helper: 'other', grants: grantsText(less) } }]);
  });

  // SES-8.3
  it('adds nothing to what is granted, and is not given without the view', () => {
    const story = activeStory().does({ kind: 'narrow', actor: device, grants: { ...NO_GRANTS, view: true } });
    story.does({ kind: 'retrieve', actor: other, identity: '8:acs:y' }).does(opened('other', 'o'));
    story.does(requestAccess(other, 'o')).does(accept(NO_GRANTS, 'p1'));
    expect([story.refusal, story.last?.effects]).toEqual(['badRequest', []]);
    expect(story.does(accept(ALL, 'p1')).active.grants).toEqual({ ...NO_GRANTS, view: true });
  });

  // SES-7.2, SES-13
  it('may be asked for again after a decline, not at once', () => {
    const story = activeStory()
      .does({ kind: 'retrieve', actor: other, identity: '8:acs:y' })
      .does(opened('other', 'o'));
    story.does(requestAccess(other, 'o')).does({ kind: 'decline', actor: device, promptId: 'p1' });
    expect(story.last?.effects).toMatchObject([{ event: { event: 'consent', decision: 'declined' } }]);
    story.at(NOW + 30_000 - 1).does(requestAccess(other, 'o', 'p2'));
    expect(story.last?.refusal).toMatchObject({ code: 'tooManyRequests', retryAfterSeconds: 1 });
    expect(story.at(NOW + 30_000).does(requestAccess(other, 'o', 'p2')).refusal).toBe('consentPending');
  });

  // ST-15, SES-7.2
  it('that nobody answers is withdrawn after five minutes', () => {
    const story = activeStory()
      .does({ kind: 'retrieve', actor: other, identity: '8:acs:y' })
      .does(opened('other', 'o'));
    story
      .does(requestAccess(other, 'o'))
      .at(NOW + 5 * MINUTE)
      .does(wake);
    expect(story.events).toEqual(['withdrawn', 'consent']);
    expect(story.active.prompts).toEqual([]);
    expect(story.does(accept(ALL, 'p1')).refusal).toBe('conflict');
  });

  // SES-12.2
  it('is known of sixteen helpers', () => {
    const story = activeStory();
    for (let index = 1; index <= 16; index++) {
      story.does({ kind: 'retrieve', actor: person(`h${index}`), identity: `8:acs:${index}` });
    }
    expect([story.refusal, story.session?.helpers.length]).toEqual(['conflict', 16]);
  });
});

describe('presence', () => {
  // ST-11, SES-12
  it.each([
    [-1, undefined],
    [0, 'helperLeft'],
  ])('of no helper %i ms from a minute after consent: %s', (ms, reason) => {
    const story = new Story().does(opened('sharer', 's')).does(accept());
    expect(story.at(NOW + MINUTE + ms).does(wake).endReason).toBe(reason);
  });

  // ST-12, SES-12
  it('of no device for a minute ends it, and a device that comes back in time keeps it', () => {
    const story = activeStory().does(lost('s'));
    expect(story.events).toEqual(['presence']);
    story.at(NOW + MINUTE - 1).does(opened('sharer', 's2'));
    expect(story.events).toEqual(['presence', 'paired', 'paired', 'policy']);
    story
      .at(NOW + 2 * MINUTE)
      .does(lost('s2'))
      .at(NOW + 3 * MINUTE)
      .does(wake);
    expect(story.endReason).toBe('sharerLeft');
  });

  // SES-12.3
  it('of a helper counts when the node that holds the connection has said so, not when it was let in', () => {
    const letIn = () => new Story().does(opened('sharer', 's')).does(accept()).does(requestAccess(creator, 'h'));
    const told = letIn().does(opened('creator', 'h'));
    expect([told.active.helperDueAt, told.active.connections.at(-1)?.isAdmitted]).toEqual([undefined, true]);
    const untold = letIn();
    expect(untold.refusal).toBeUndefined();
    expect(untold.at(NOW + MINUTE).does(wake).endReason).toBe('helperLeft');
  });

  // SES-12.3
  it('of a helper whose node said nothing keeps no session when the others have left', () => {
    const story = activeStory().does(requestAccess(creator, 'h2')).does(lost('h'));
    expect(story.active.helperDueAt).toBe(NOW + MINUTE);
    expect(story.does(opened('creator', 'h2')).active.helperDueAt).toBeUndefined();
  });

  // SES-12
  it('of a second connection makes the loss of the first nothing', () => {
    const story = activeStory().does(opened('sharer', 's2')).does(lost('s'));
    expect([story.events, story.active.sharerDueAt]).toEqual([[], undefined]);
  });

  // SES-12.2
  it('is eight connections of a party, and the ninth is closed', () => {
    const story = activeStory();
    for (let index = 2; index <= 9; index++) story.does(opened('creator', `h${index}`));
    expect(story.last?.effects).toEqual([{ kind: 'closeConnection', connectionId: 'h9' }]);
  });

  // SES-6
  it('that comes after the end is closed', () => {
    const story = activeStory().does(end(creator)).does(opened('sharer', 'late'));
    expect(story.last?.effects).toEqual([{ kind: 'closeConnection', connectionId: 'late' }]);
  });
});

describe('the end', () => {
  // ST-9, ST-10, ST-6
  it.each([
    ['creator', creator, 'endedByHelper'],
    ['device', device, 'endedBySharer'],
    ['admin', admin, 'endedByAdmin'],
    ['application', application, 'endedByAdmin'],
  ])('by %s', (_, actor, reason) => {
    expect(activeStory().does(end(actor)).endReason).toBe(reason);
  });

  // SES-6
  it('tells all, closes all and revokes every token', () => {
    const story = activeStory().does(end(creator));
    expect(story.last?.effects).toMatchObject([
      { kind: 'tellDevice', event: { event: 'ended' } },
      { kind: 'tell', parties: 'all', event: { event: 'ended' } },
      { kind: 'closeSession' },
      { kind: 'revokeTokens', identities: ['8:acs:helper', '8:acs:sharer'] },
    ]);
  });

  // ST-13, SES-11
  it.each(['settings', 'device', 'rights'] as const)('comes with the loss of %s, before consent and after', (why) => {
    expect(new Story().does({ kind: 'revoke', why }).endReason).toBe('revoked');
    expect(activeStory().does({ kind: 'revoke', why }).endReason).toBe('revoked');
  });

  // SES-11.1
  it('does not come with the loss of another helper, who is cut off', () => {
    const story = activeStory()
      .does({ kind: 'retrieve', actor: other, identity: '8:acs:y' })
      .does(opened('other', 'o'));
    story.does(requestAccess(other, 'o')).does({ kind: 'removeHelper', objectId: 'other' });
    expect(story.active.helpers.map(({ objectId }) => objectId)).toEqual(['creator']);
    expect(story.active.prompts).toEqual([]);
    expect(story.last?.effects.map(({ kind }) => kind)).toEqual([
      'tell',
      'closeConnection',
      'revokeTokens',
      'tellDevice',
    ]);
    expect(story.does({ kind: 'removeHelper', objectId: 'creator' }).endReason).toBe('revoked');
  });

  // SES-11.2
  it('does not come with chat switched off, which is told', () => {
    const story = activeStory().does({ kind: 'blockChat', isBlocked: true });
    expect(story.last?.effects).toMatchObject([{ event: { event: 'policy', blockChat: true } }]);
    expect(story.does({ kind: 'blockChat', isBlocked: true }).last?.effects).toEqual([]);
  });

  // ST-17
  it('is final', () => {
    const story = activeStory().does(end(creator));
    const last = story.session;
    const commands: Command[] = [
      { kind: 'retrieve', actor: creator, identity: 'x' },
      requestAccess(creator, 'h'),
      { kind: 'requestRights', actor: creator, wants: ALL, promptId: 'p' },
      extend(admin),
      { kind: 'moveLease', actor: creator, text: textOf(NOW + 2 * HOUR) },
      end(device),
      { kind: 'join', actor: device },
      accept(),
      { kind: 'decline', actor: device },
      { kind: 'narrow', actor: device, grants: NO_GRANTS },
    ];
    for (const command of commands) expect(story.does(command).refusal, command.kind).toBe('notFound');
    story.does({ kind: 'revoke', why: 'device' }).does(lost('h')).does(wake);
    expect(story.session).toBe(last);
  });

  // ST-18
  it('is forgotten ten minutes later', () => {
    const story = activeStory().does(end(creator));
    expect(story.at(NOW + 10 * MINUTE - 1).does(wake).session).toBeDefined();
    expect(story.at(NOW + 10 * MINUTE).does(wake).session).toBeUndefined();
  });
});

describe('a transition', () => {
  it('raises the version by one where anything changed, however much', () => {
    const story = activeStory();
    const before = story.active.version;
    expect(story.does(wake).active.version).toBe(before);
    expect(story.does(extend(creator)).active.version).toBe(before + 1);
  });

  it('leaves a deadline at all times', () => {
    const story = activeStory();
    expect(nextDeadline(story.active)).toMatchObject({ kind: 'end', reason: 'expired', at: NOW + HOUR });
  });
});
