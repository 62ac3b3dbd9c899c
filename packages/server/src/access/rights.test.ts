import { describe, expect, it } from 'vitest';
import {
  allowedActions,
  ELEVATION,
  helpingTypes,
  mayHelp,
  OFFER_REMOTE_ASSISTANCE,
  READ_CONNECTOR,
  reaches,
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

describe('reaches', () => {
  const device = { id: 'd1', azureADDeviceId: 'D-In-Directory', userId: USER };
  const scope = (scopeType: string, resourceScopes: string[] = [], scopeMembers: string[] = []) => ({
    scopeType,
    resourceScopes,
    scopeMembers,
  });

  // ID-42
  it.each([
    ['all devices', scope('allDevices')],
    ['everything', scope('allDevicesAndLicensedUsers')],
    ['all people', scope('allLicensedUsers')],
    ['its id', scope('resourceScope', ['D1'])],
    ['its id in the directory', scope('resourceScope', [], ['d-in-directory'])],
    ['its user', scope('resourceScope', [USER.toLowerCase()])],
  ])('holds for a scope of %s', (_what, facts) => {
    expect(reaches(facts, device)).toBe(true);
  });

  // ID-42
  it('holds for nothing else: no scope, another one, people where the device has none', () => {
    expect(reaches(scope('resourceScope'), device)).toBe(false);
    expect(reaches(scope('resourceScope', [GROUP]), device)).toBe(false);
    expect(reaches(scope('unknownFutureValue'), device)).toBe(false);
    const alone = { id: 'd2', userId: null };
    expect(reaches(scope('allLicensedUsers'), alone)).toBe(false);
    expect(reaches(scope('resourceScope', ['']), { ...alone, userId: '' })).toBe(false);
  });
});

describe('helpingTypes', () => {
  const base = [OFFER_REMOTE_ASSISTANCE, READ_CONNECTOR];

  it('names what the actions allow, never elevation', () => {
    const most = new Set([...base, VIEW_SCREEN, TAKE_FULL_CONTROL, ELEVATION, UNATTENDED]);
    expect(helpingTypes(most)).toEqual(['viewScreen', 'takeFullControl', 'unattended']);
    expect(helpingTypes(new Set([...base, VIEW_SCREEN]))).toEqual(['viewScreen']);
  });

  it('names nothing for those who may not offer help', () => {
    expect(helpingTypes(new Set([READ_CONNECTOR, VIEW_SCREEN]))).toEqual([]);
  });
});
