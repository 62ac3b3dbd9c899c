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
  it('waits where it was not in the group', async () => {
    const { helping, session } = await active();
    await rig.engine.connectionLost(helping.right, helping.id);
    await rig.engine.connectionOpened(helping.right, helping.id, false);
    expect(await session()).toHaveProperty('helperDueAt');
  });

  // SES-7, SES-11.1
  it('is closed where it is in the group still, but its helper is not admitted any more', async () => {
    const { helping, sessionKey, session } = await active();
    const { pubSubHelperAccessUri } = await rig.engine.retrieve(rig.person('other'), sessionKey);
    const other = await rig.connect(pubSubHelperAccessUri);
    await rig.engine.connectionLost(other.right, other.id);
    await rig.engine.connectionOpened(other.right, other.id, true);
    expect([...rig.channel.connections.keys()]).not.toContain(other.id);
    expect((await session())?.state).toBe('active');
    expect([...rig.channel.connections.keys()]).toContain(helping.id);
  });
});
