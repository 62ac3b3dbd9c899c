import { PageHand } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { describeInvitations } from './invitations.ts';
import { InvitedPages } from './invited-pages.ts';

describeInvitations('SQLite', async () => ({}));

describe('a page', () => {
  let rig: InvitedPages;
  afterEach(() => rig.live.close());

  async function open(): Promise<void> {
    rig = await InvitedPages.open();
  }

  // SHR-15, ST-12
  it('that goes is gone within two seconds', async () => {
    await open();
    const { id, helper, sharer } = await rig.active();
    sharer.client.stop();
    expect(await helper.hearsThat({ event: 'presence', party: 'sharer' })).toMatchObject({ isPresent: false });
    await rig.live.pass(999);
    expect((await rig.live.shown(id)).state).toBe('active');
    await rig.live.pass(1);
    expect(await rig.live.shown(id)).toMatchObject({ state: 'ended', endReason: 'sharerLeft' });
    expect(await helper.hears('ended')).toMatchObject({ reason: 'sharerLeft' });
    await helper.stops();
  });

  // SHR-15
  it('that goes before it answered is not waited for, and may come back in time', async () => {
    await open();
    const page = await rig.page();
    const { sessionKey } = page.answer;
    const { id, pubSubSharerAccessUri } = (await page.call('join', { sessionKey })).body;
    const helper = await rig.live.end((await rig.live.retrieve(sessionKey, 'anna', page)).body.pubSubHelperAccessUri);
    const first = await rig.live.end(pubSubSharerAccessUri);
    await first.hears('policy');
    first.client.stop();
    await first.stops();
    const second = await rig.live.end((await page.call('join', { sessionKey })).body.pubSubSharerAccessUri);
    await second.hears('policy');
    await rig.live.pass(2_000);
    expect((await rig.live.shown(id)).state).toBe('requested');
    second.client.stop();
    await second.stops();
    await expect
      .poll(async () => {
        await rig.live.pass(1_000);
        return (await rig.live.shown(id)).endReason;
      })
      .toBe('timedOut');
    await helper.hears('ended');
  });
});

describe('a claim', () => {
  let rig: InvitedPages;
  afterEach(() => rig.live.close());

  // SHR-6, SHR-8
  it('of whatever kind gives nothing, and no bug is met', async () => {
    rig = await InvitedPages.open();
    const { code } = await rig.code();
    const sound = await new PageHand().claim(code);
    const member = fc.oneof(
      fc.constantFrom(...Object.values(sound)),
      fc.json().map((text) => JSON.parse(text)),
    );
    const name = fc.constantFrom('code', 'publicKey', 'proof', 'deviceName', '__proto__', 'd');
    const bodies = fc.dictionary(name, member, { maxKeys: 5 });
    let source = 0;
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        // Each from elsewhere, so that none is slowed down unseen.
        const from = `10.${source >> 16}.${(source >> 8) & 255}.${source++ & 255}`;
        const isSound = body.code === sound.code && body.publicKey === sound.publicKey && body.proof === sound.proof;
        const { status } = await rig.claim(body, from);
        if (!isSound) expect([400, 404]).toContain(status);
      }),
      { numRuns: 500 },
    );
    expect(rig.api.claimed.filter((each) => each === 'claimed').length).toBeLessThanOrEqual(1);
  });
});
