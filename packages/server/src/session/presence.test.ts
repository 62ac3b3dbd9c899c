import { memoryIdentity, SessionRig } from '@open-remote-help/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { liveKey, sessionOf } from './session-rows.ts';

const SECOND = 1_000;

let rig: SessionRig;

beforeEach(async () => {
  const { store, keyRing, clock } = await memoryIdentity();
  rig = new SessionRig({ store, opener: keyRing, clock });
  await rig.setSettings();
  await rig.engine.start();
});

async function active() {
  const begun = await rig.activeSession(rig.person('helper'), await rig.addDevice());
  const session = async () => {
    const row = await rig.store.get(liveKey(begun.id));
    return row && sessionOf(row);
  };
  return { ...begun, session };
}

describe('a connection that comes back within its time', () => {
  // SES-12
  it('is in again without asking, and its side is no longer awaited', async () => {
    const { helping, session } = await active();
    await rig.engine.connectionLost(helping.right, helping.id);
    expect(await session()).toMatchObject({ helperDueAt: rig.clock.now() + 60 * SECOND });
    await rig.pass(20 * SECOND);
    await rig.engine.connectionOpened(helping.right, helping.id, true);
    expect(await session()).not.toHaveProperty('helperDueAt');
    await rig.pass(60 * SECOND);
    const now = await session();
    expect(now).toMatchObject({ state: 'active' });
    expect(now?.state === 'active' && now.connections.find(({ id }) => id === helping.id)).toMatchObject({
      isAdmitted: true,
    });
  });

  // SES-7
  it('waits where it was not in the group, or its helper has not been admitted', async () => {
    const { helping, session } = await active();
    await rig.engine.connectionLost(helping.right, helping.id);
    await rig.engine.connectionOpened(helping.right, helping.id, false);
    expect(await session()).toHaveProperty('helperDueAt');
    const other = { ...helping.right, party: 'helper:other' } as const;
    await rig.engine.retrieve(rig.person('other'), (await session())?.key ?? '');
    await rig.engine.connectionOpened(other, 'connection of the other', true);
    expect(await session()).toHaveProperty('helperDueAt');
  });
});
