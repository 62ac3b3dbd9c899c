/** What all sides of the engine work with: the runner, who asks, what is secret, and the ways to ask, stop and refuse. */

import { remoteHelpSessions } from '@open-remote-help/protocol';
import { DomainError } from '../errors.ts';
import type { StoredEntity } from '../store/store.ts';
import type { ActorCommand, Refusal } from './commands.ts';
import { dueDeadline } from './deadlines.ts';
import type { DeviceRequester } from './engine-requests.ts';
import { isLive, type LiveSession, type SessionId } from './session.ts';
import { SessionActors } from './session-actors.ts';
import type { Origin, Subject } from './session-audit.ts';
import { looksLikeSessionKey } from './session-key.ts';
import { liveKey, sessionOf } from './session-rows.ts';
import { type Decided, type EngineOptions, SessionRunner } from './session-runner.ts';
import { SessionSecrets } from './session-secrets.ts';
import type { Address, Attempt } from './session-unit.ts';
import { type Actor, judge } from './who-may.ts';

/** A command without who asks for it. */
export type CommandInput = ActorCommand extends infer C
  ? C extends { actor: Actor }
    ? Omit<C, 'actor'>
    : never
  : never;

/** How long a stop waits for the store before it counts here all the same. */
const STOP_PATIENCE_MS = 500;

export class EngineWork {
  readonly options: EngineOptions;
  readonly runner: SessionRunner;
  readonly actors: SessionActors;
  readonly secrets: SessionSecrets;

  constructor(options: EngineOptions) {
    this.options = options;
    this.runner = new SessionRunner(options);
    this.actors = new SessionActors(options);
    this.secrets = new SessionSecrets(options);
  }

  /** The live session whose records have this id, if there is one. */
  async liveSessionOf(tenantId: string, recordId: string): Promise<LiveSession | undefined> {
    const row = await this.options.store.get(liveKey(recordId as SessionId));
    const session = row && sessionOf(row);
    if (!session || session.tenantId !== tenantId || !isLive(session)) return undefined;
    return dueDeadline(session, this.options.clock.now())?.kind === 'end' ? undefined : session;
  }

  /** The public row of the session with this key; undefined for a key that is none, without a question to the store. */
  async rowWithKey(tenantId: string, sessionKey: string): Promise<StoredEntity | undefined> {
    if (!looksLikeSessionKey(sessionKey)) return undefined;
    return this.options.store.get({
      set: remoteHelpSessions,
      tenantId,
      alternateKey: 'sessionKey',
      value: sessionKey,
    });
  }

  /** A command of the device, on a session. */
  answer(device: DeviceRequester, sessionId: string, command: CommandInput): Promise<Decided> {
    const { address, actor, origin } = this.actors.device(device, sessionId);
    return this.runner.attempt({ address, command: { ...command, actor } as ActorCommand, origin });
  }

  /** An end that somebody of the session asks for; one that the store cannot take counts here first (SES-6). */
  async stop(address: Address, actor: Actor, origin: Origin): Promise<void> {
    const { clock } = this.options;
    const attempt: Attempt = { address, command: { kind: 'end', actor }, origin };
    const at = clock.now();
    const known = this.runner.held.get(address.id);
    const isHis = known !== undefined && judge('end', actor, known) === 'yes';
    const cancel = isHis ? clock.at(at + STOP_PATIENCE_MS, () => this.runner.cut(address.id)) : () => undefined;
    try {
      await this.runner.attempt(attempt);
    } catch (error) {
      if (!isHis || !(error instanceof DomainError) || error.code !== 'unavailable') throw error;
      this.runner.cut(address.id);
      this.runner.recordLater({ ...attempt, at });
    } finally {
      cancel();
    }
  }

  /** Puts a refused attempt on record that came to no unit of its own. */
  note(subject: Subject, activityType: string, refusal: Pick<Refusal, 'code'>, origin: Origin): Promise<void> {
    return this.runner.refused.note({ subject, activityType, refusal, origin });
  }
}
