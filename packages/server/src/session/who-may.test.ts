// SES-14, cell by cell: what each transition does, not only what the table says.
import { describe, expect, it } from 'vitest';
import { SYSTEM_ACTOR } from '../access/audit-record.ts';
import type { ActorCommand, Command, Step } from './commands.ts';
import { newSession } from './new-session.ts';
import { NO_PROMPTS } from './prompt-limits.ts';
import {
  type ConnectionId,
  DEFAULT_SETTINGS,
  type DeviceId,
  type Grants,
  helperParty,
  NO_GRANTS,
  type PartyName,
  type Session,
  type SessionId,
  type SessionKey,
  type SessionState,
} from './session.ts';
import { textOf } from './steps.ts';
import { transition } from './transitions.ts';
import {
  type Actor,
  mayCreate,
  type Operation,
  type Role,
  rolesOf,
  type Verdict,
  verdictOf,
  WHO_MAY,
} from './who-may.ts';

const NOW = 1_800_000_000_000;
const circumstances = { now: NOW, settings: DEFAULT_SETTINGS, prompts: NO_PROMPTS };
const ALL: Grants = { view: true, control: true, clipboardToHelper: true, clipboardToSharer: true };

const person = (objectId: string, mayHelp: boolean, isAdmin = false): Actor => ({
  kind: 'person',
  person: {
    objectId,
    displayName: objectId,
    userPrincipalName: null,
    organization: 'Example',
    groups: [],
    directoryRoles: [],
    issuer: 'https://issuer.example',
  },
  mayHelp,
  isAdmin,
  audit: SYSTEM_ACTOR,
});

/** Each role alone: the creator's own right is not what lets him do things. */
const ACTORS: Readonly<Record<Role, Actor>> = {
  creator: person('creator', false),
  admittedHelper: person('second', false),
  otherHelper: person('third', true),
  admin: person('admin', false, true),
  application: { kind: 'application', audit: SYSTEM_ACTOR },
  device: { kind: 'device', deviceId: 'device' as DeviceId, audit: SYSTEM_ACTOR },
  stranger: person('stranger', false),
};

function apply(session: Session, command: Command): Step & { session: Session } {
  return transition(session, command, circumstances) as Step & { session: Session };
}

/** A session in each state that knows every helper, with a connection of each; the second helper is in. */
function sessions(): Record<SessionState, Session> {
  const ingredients = {
    id: 'id' as SessionId,
    key: 'rh_key' as SessionKey,
    tenantId: 'tenant',
    device: { id: 'device' as DeviceId, name: 'PC', keyThumbprint: null },
    creator: { ...(ACTORS.creator as Extract<Actor, { kind: 'person' }>).person },
    helperIdentity: 'h',
    sharerIdentity: 's',
    acsGroupId: 'a',
    groupId: 'g',
    isChatBlocked: false,
  };
  const wish = { type: 'takeFullControl', reason: null, ticket: null } as const;
  let session: Session = newSession(ingredients, wish, NOW, DEFAULT_SETTINGS);
  for (const objectId of ['second', 'third', 'stranger', 'admin']) {
    session = apply(session, { kind: 'retrieve', actor: person(objectId, true), identity: objectId }).session;
  }
  const helpers = session.helpers.map((each) =>
    each.objectId === 'second' ? { ...each, access: 'admitted' as const } : each,
  );
  const requested: Session = { ...session, helpers } as Session;
  const accepted = apply(requested, {
    kind: 'accept',
    actor: ACTORS.device,
    grants: { ...NO_GRANTS, view: true },
  }).session;
  const parties: PartyName[] = ['sharer', ...session.helpers.map(({ objectId }) => helperParty(objectId))];
  const connections = parties.map((party) => ({ id: connectionOf(party), party, isAdmitted: true, nodeId: '' }));
  const active = { ...accepted, connections } as Session;
  const ended = apply(active, { kind: 'end', actor: ACTORS.device }).session;
  return { requested, active, ended };
}

const connectionOf = (party: PartyName) => `connection of ${party}` as ConnectionId;

/** What carries out each operation. */
const COMMANDS: Readonly<Record<Exclude<Operation, 'create' | 'list'>, (actor: Actor) => ActorCommand[]>> = {
  retrieve: (actor) => [{ kind: 'retrieve', actor, identity: 'x' }],
  requestAccess: (actor) => [
    { kind: 'requestAccess', actor, connectionId: 'c' as ConnectionId, isOwn: true, promptId: 'p' },
  ],
  requestRights: (actor) => [{ kind: 'requestRights', actor, wants: { ...NO_GRANTS, control: true }, promptId: 'p' }],
  extend: (actor) => [
    { kind: 'extend', actor },
    { kind: 'moveLease', actor, text: textOf(NOW + 1_000) },
  ],
  end: (actor) => [{ kind: 'end', actor }],
  openRelay: (actor) => [
    {
      ...{ kind: 'openRelay', actor, relayId: 'r', waitMs: 0 },
      connectionId: connectionOf(actor.kind === 'person' ? helperParty(actor.person.objectId) : 'sharer'),
    },
  ],
  joinRelay: (actor) => [{ kind: 'joinRelay', actor, isWaiting: true }],
  join: (actor) => [{ kind: 'join', actor }],
  answer: (actor) => [
    { kind: 'accept', actor, grants: ALL },
    { kind: 'decline', actor },
    { kind: 'narrow', actor, grants: NO_GRANTS },
  ],
};

const REFUSALS: Readonly<Record<Verdict, readonly (string | undefined)[]>> = {
  yes: [undefined],
  asks: ['consentPending'],
  pending: ['consentPending'],
  no: ['forbidden'],
  gone: ['notFound'],
};

const cells = (Object.keys(COMMANDS) as (keyof typeof COMMANDS)[]).flatMap((operation) =>
  (Object.keys(ACTORS) as Role[]).flatMap((role) =>
    (['requested', 'active', 'ended'] as const).map(
      (state) => [operation, role, state, verdictOf(operation, role, state)] as const,
    ),
  ),
);

describe('a cell of SES-14', () => {
  it('is one of 189, besides creating and listing', () => {
    expect(cells).toHaveLength(9 * 7 * 3);
    expect(Object.keys(WHO_MAY)).toHaveLength(11);
  });

  it.each(cells)('%s by %s while %s: %s', (operation, role, state, verdict) => {
    const session = sessions()[state];
    expect(rolesOf(ACTORS[role], session)).toEqual([role]);
    for (const command of COMMANDS[operation](ACTORS[role])) {
      const { refusal } = apply(session, command);
      // What the device may answer at this moment is another question than whether it may answer at all.
      const isMoot = operation === 'answer' && verdict === 'yes' && refusal?.code === 'conflict';
      if (!isMoot) expect(REFUSALS[verdict], command.kind).toContain(refusal?.code);
    }
  });

  it.each(Object.keys(ACTORS) as Role[])('create by %s', (role) => {
    const mayAtAll = { otherHelper: true } as Partial<Record<Role, boolean>>;
    expect(mayCreate(ACTORS[role])).toBe(mayAtAll[role] ?? false);
  });
});

describe('someone who is several things', () => {
  it('may what any of them may', () => {
    const { active } = sessions();
    const both = person('third', true, true);
    expect(rolesOf(both, active)).toEqual(['otherHelper', 'admin']);
    expect(apply(active, { kind: 'end', actor: both }).refusal).toBeUndefined();
    expect(apply(active, { kind: 'retrieve', actor: both, identity: 'x' }).refusal).toBeUndefined();
  });

  it('is a stranger to the session of another device', () => {
    const { active } = sessions();
    const another: Actor = { kind: 'device', deviceId: 'another' as DeviceId, audit: SYSTEM_ACTOR };
    expect(rolesOf(another, active)).toEqual(['stranger']);
    expect(apply(active, { kind: 'end', actor: another }).refusal?.code).toBe('forbidden');
    expect(helperParty('third')).toBe('helper:third');
  });
});
