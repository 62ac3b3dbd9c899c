/** Random things that happen to sessions, and how an engine is made to take them. */

import type { SessionRig } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { toIsoText } from '../../src/clock.ts';
import { DomainError } from '../../src/errors.ts';
import type { ConnectionRight } from '../../src/session/realtime-channel.ts';
import type { ConnectionId, Grants } from '../../src/session/session.ts';
import type { DeviceRequester, Requester } from '../../src/session/session-engine.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export const HELPERS = ['first', 'second', 'third'] as const;
const DEVICES = 2;

const helper = fc.constantFrom(...HELPERS);
const device = fc.nat(DEVICES - 1);
const who = fc.constantFrom(...HELPERS, 'admin', 'application');
const grants = fc.record<Grants>({
  view: fc.boolean(),
  control: fc.boolean(),
  clipboardToHelper: fc.boolean(),
  clipboardToSharer: fc.boolean(),
});
/** Around every limit, and anywhere else. */
const ms = fc.oneof(
  fc.constantFrom(0, 1, 30 * SECOND, MINUTE - 1, MINUTE, 5 * MINUTE - 1, 5 * MINUTE, HOUR - 1, HOUR, 8 * HOUR),
  fc.nat(2 * MINUTE),
  fc.nat(HOUR),
);

export const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('create'), helper, device }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('connectHelper'), helper, device }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('connectSharer'), device }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('accept'), device, grants }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('decline'), device }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('requestAccess'), helper, device }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('requestRights'), helper, device, grants }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('narrow'), device, grants }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('extend'), who, device }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('patch'), who, device, ms: fc.integer({ min: -HOUR, max: 9 * HOUR }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('end'), who, device }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop'), device }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('disconnect'), index: fc.nat(5) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass'), ms }) },
);
export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Open {
  readonly id: ConnectionId;
  readonly right: ConnectionRight;
  readonly rig: SessionRig;
}

/** A tenant to whom things happen, on one of several nodes each time. */
export class Happenings {
  readonly #rigs: readonly SessionRig[];
  readonly #devices: readonly DeviceRequester[];
  readonly #sessions = new Map<number, { readonly id: string; readonly sessionKey: string }>();
  readonly #open: Open[] = [];
  accepted = 0;
  refused = 0;

  constructor(rigs: readonly SessionRig[], devices: readonly DeviceRequester[]) {
    this.#rigs = rigs;
    this.#devices = devices;
  }

  static async begin(rigs: readonly SessionRig[]): Promise<Happenings> {
    const [first] = rigs as [SessionRig];
    await first.setSettings();
    const devices: DeviceRequester[] = [];
    for (let index = 0; index < DEVICES; index++) devices.push(await first.addDevice());
    for (const rig of rigs) rig.rights.without.add('admin');
    return new Happenings(rigs, devices);
  }

  /** Lets one thing happen; a refusal is an outcome like any other. */
  async happen(happening: Action, turn: number): Promise<void> {
    const rig = this.#rigs[turn % this.#rigs.length] as SessionRig;
    if (happening.kind === 'pass') {
      const until = rig.clock.now() + happening.ms;
      // What the first alarm begins ends before time goes on: a node whose store is silent all the way cuts what it knows.
      for (const instant of [Math.min(rig.clock.nextAt, until), until]) {
        rig.clock.advanceTo(instant);
        await Promise.all(this.#rigs.map(({ engine }) => engine.settled()));
      }
      return;
    }
    if (happening.kind === 'disconnect') return this.#disconnect(happening.index);
    for (const command of this.#commandsOf(happening, rig)) await this.#count(command);
  }

  async #count(command: () => Promise<unknown>): Promise<void> {
    try {
      await command();
      this.accepted++;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.refused++;
    }
  }

  #commandsOf(
    happening: Exclude<Action, { kind: 'pass' | 'disconnect' }>,
    rig: SessionRig,
  ): (() => Promise<unknown>)[] {
    const { engine } = rig;
    const caller = this.#devices[happening.device] as DeviceRequester;
    const session = this.#sessions.get(happening.device);
    if (happening.kind === 'create') {
      return [
        async () => {
          const wish = { deviceId: caller.deviceId, sessionType: 'takeFullControl' };
          this.#sessions.set(happening.device, await engine.create(rig.person(happening.helper), wish));
        },
      ];
    }
    if (!session) return [];
    const { id, sessionKey } = session;
    switch (happening.kind) {
      case 'connectHelper':
        return [
          async () => {
            const { pubSubHelperAccessUri } = await engine.retrieve(rig.person(happening.helper), sessionKey);
            await this.#connect(rig, pubSubHelperAccessUri);
          },
        ];
      case 'connectSharer':
        return [async () => this.#connect(rig, (await engine.join(caller, id)).pubSubSharerAccessUri)];
      case 'accept':
        return [async () => engine.accept(caller, id, happening.grants, await this.#question(rig, caller))];
      case 'decline':
        return [async () => engine.decline(caller, id, promptOf(await this.#question(rig, caller)))];
      case 'requestAccess': {
        const person = rig.person(happening.helper);
        const own = this.#open.find(
          ({ right }) => right.sessionId === id && right.party === `helper:${happening.helper}`,
        );
        return [() => engine.requestAccess(person, sessionKey, own?.id ?? 'none')];
      }
      case 'requestRights':
        return [() => engine.requestRights(rig.person(happening.helper), sessionKey, happening.grants)];
      case 'narrow':
        return [() => engine.narrow(caller, id, happening.grants)];
      case 'extend':
        return [() => engine.extend(this.#requester(rig, happening.who), sessionKey)];
      case 'patch': {
        const text = toIsoText(rig.clock.now() + happening.ms).replace('Z', '1234Z');
        return [
          async () => {
            const patched = await engine.patchLease(this.#requester(rig, happening.who), id, {
              sessionExpirationDateTime: text,
            });
            // The record of a session that has ended is nobody's: no attempt was made on a session.
            if (!patched) this.accepted--;
          },
        ];
      }
      case 'end':
        return [() => engine.end(this.#requester(rig, happening.who), sessionKey)];
      case 'stop':
        return [() => engine.stop(caller, id)];
    }
  }

  #requester(rig: SessionRig, name: string): Requester {
    return name === 'application' ? rig.application() : rig.person(name, { isAdmin: name === 'admin' });
  }

  async #question(rig: SessionRig, caller: DeviceRequester): Promise<string | undefined> {
    const [first] = await rig.engine.messagesFor(caller);
    return first?.event === 'asked' ? first.promptId : undefined;
  }

  async #connect(rig: SessionRig, uri: string): Promise<void> {
    this.#open.push({ ...(await rig.connect(uri)), rig });
  }

  async #disconnect(index: number): Promise<void> {
    const [open] = this.#open.splice(index % Math.max(this.#open.length, 1), 1);
    if (open) await open.rig.disconnect(open);
  }
}

function promptOf(promptId: string | undefined) {
  return promptId === undefined ? {} : { promptId };
}
