/** The engine as sessions come into being: asked for by a helper, or begun with a code (SES-1). */
import type { CreateAnswer, CreateRequest, Requester } from './engine-requests.ts';
import type { EngineWork } from './engine-work.ts';
import { personOf } from './helper-rights.ts';
import { gather } from './ingredients.ts';
import { createInvited, type InvitedRequest, type InvitedSession } from './invited-sessions.ts';
import { readWish } from './new-session.ts';
import type { DeviceId } from './session.ts';
import { creationUnit } from './session-creation.ts';
import { asError } from './session-runner.ts';
import { addressOf } from './session-unit.ts';
import { mayCreate } from './who-may.ts';

export class CreationSide {
  readonly #work: EngineWork;

  constructor(work: EngineWork) {
    this.#work = work;
  }

  async create(requester: Requester, request: CreateRequest): Promise<CreateAnswer> {
    const { store, clock, settings } = this.#work.options;
    const wish = readWish(request.sessionType, request.reason, request.ticket);
    const { caller } = requester;
    const { tenantId } = caller;
    const deviceId = request.deviceId as DeviceId;
    const actor = await this.#work.actors.of(requester, deviceId, wish.type);
    const whose = { tenantId, creator: personOf(caller), origin: requester.origin };
    const { ingredients, secrets } = await gather(this.#work.options, whose, clock.now());
    const creation = {
      ingredients: { ...ingredients, device: { id: deviceId } },
      ...{ wish, secrets },
      origin: this.#work.actors.origin(requester),
      isAllowed: mayCreate(actor),
      clientRequestId: request.clientRequestId,
      isRetry: request.isRetry === true,
    };
    for (;;) {
      const outcome = await store.transact(creationUnit(creation, clock, settings));
      if (outcome.kind === 'refused') {
        const { subject, refusal } = outcome;
        await this.#work.note(subject, 'createRemoteHelpSession', refusal, creation.origin);
        throw asError(refusal);
      }
      if (outcome.kind === 'occupied') {
        await this.#work.runner.attempt({
          address: addressOf(outcome.by),
          origin: undefined,
          command: { kind: 'wake' },
        });
        continue;
      }
      if (outcome.kind === 'created') await this.#work.runner.follow(outcome.session, outcome.outbox);
      const { session } = outcome;
      return { id: session.id, sessionKey: session.key, sessionType: session.type };
    }
  }

  /** A session of who made a code, on the page that claims it; undefined where the code is good for nothing. */
  createInvited(request: InvitedRequest): Promise<InvitedSession | undefined> {
    return createInvited(this.#work.options, request, ({ session, outbox }) =>
      this.#work.runner.follow(session, outbox),
    );
  }
}
