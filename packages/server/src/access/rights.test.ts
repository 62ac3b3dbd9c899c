import { describe, expect, it } from 'vitest';
import {
  allowedActions,
  ELEVATION,
  mayHelp,
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  TAKE_FULL_CONTROL,
  UNATTENDED,
  VIEW_SCREEN,
} from './rights.ts';

const USER = 'AAAAAAAA-0000-4000-8000-000000000001';
const GROUP = 'bbbbbbbb-0000-4000-8000-000000000002';
const subject = { objectId: USER, groups: [GROUP] };

function role(id: string, allowed: string[], denied: string[] = []) {
  const resourceActions = [{ allowedResourceActions: allowed, notAllowedResourceActions: denied }];
  return { id, rolePermissions: [{ resourceActions }] };
}

function assignment(roleDefinitionId: string, ...members: string[]) {
  return { roleDefinitionId, members };
}

describe('allowedActions', () => {
  it.each([
    ['the oid, in any case', USER.toLowerCase()],
    ['a group', GROUP],
  ])('matches members by %s', (_how, member) => {
    expect(allowedActions(subject, [assignment('r', member)], [role('r', ['X'])])).toEqual(new Set(['X']));
  });

  it('gives nothing to others, nor for a role that is gone', () => {
    const definitions = [role('r', ['X'])];
    expect(allowedActions(subject, [assignment('r', 'someone-else'), assignment('gone', USER)], definitions).size).toBe(
      0,
    );
  });

  it('joins what several roles allow', () => {
    const definitions = [role('one', ['X']), role('two', ['Y'], ['X'])];
    const assignments = [assignment('one', USER), assignment('two', GROUP)];
    expect(allowedActions(subject, assignments, definitions)).toEqual(new Set(['X', 'Y']));
  });

  it('takes away what the same role denies', () => {
    expect(allowedActions(subject, [assignment('r', USER)], [role('r', ['X', 'Y'], ['X'])])).toEqual(new Set(['Y']));
  });

  it.each([
    [VIEW_SCREEN, [VIEW_SCREEN]],
    [TAKE_FULL_CONTROL, [VIEW_SCREEN, TAKE_FULL_CONTROL]],
    [ELEVATION, [VIEW_SCREEN, TAKE_FULL_CONTROL, ELEVATION]],
    [UNATTENDED, [VIEW_SCREEN, TAKE_FULL_CONTROL, ELEVATION, UNATTENDED]],
  ])('%s implies the lesser ones even when they are denied', (action, implied) => {
    const denied = implied.filter((other) => other !== action);
    const actions = allowedActions(subject, [assignment('r', USER)], [role('r', [action], denied)]);
    expect(actions).toEqual(new Set(implied));
  });
});

describe('mayHelp', () => {
  const all = [OFFER_REMOTE_ASSISTANCE, READ_CONNECTOR, VIEW_SCREEN];

  it('asks for all three kinds of right', () => {
    expect(mayHelp(new Set(all))).toBe(true);
    for (const missing of all) expect(mayHelp(new Set(all.filter((action) => action !== missing)))).toBe(false);
  });
});
