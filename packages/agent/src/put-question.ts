/** A question on its way to the person at the device and back: who is kept from it, and how long it waits. */
import type { Clock } from './clock.ts';
import type { DeviceSettings } from './device.ts';
import type { Decision, Question, Sharer } from './sharer.ts';

/** Before a question is put, helpers' input is dropped for so long: what was on its way answers nothing. */
export const FREEZE_BEFORE_QUESTION_MS = 500;
/** For so long a notice is shown before a helper comes in unattended. */
export const UNATTENDED_NOTICE_MS = 30_000;

const DECLINED: Decision = { kind: 'decline', isReported: false };

export interface Questioned {
  readonly sharer: Sharer;
  readonly clock: Clock;
  readonly settings: Pick<DeviceSettings, 'answerWithinMs'>;
  /** Drops helpers' input until what it returned is called; undefined where there is none to drop. */
  readonly freeze: () => (() => void) | undefined;
}

/**
 * From a moment before the question until it is off the screen no helper can reach what answers it.
 * @param abort takes the question away; its reason is `answered` when the question answered itself, `timedOut` when the
 *   server's deadline was over
 */
export async function putQuestion(question: Question, abort: AbortController, to: Questioned): Promise<Decision> {
  const { clock } = to;
  // Taken back while another question was on the screen.
  if (abort.signal.aborted) return DECLINED;
  const thaw = to.freeze();
  if (!thaw) return decisionOn(question, abort, to, () => undefined);
  const frozen = Promise.withResolvers<void>();
  const cancel = clock.at(clock.now() + FREEZE_BEFORE_QUESTION_MS, frozen.resolve);
  abort.signal.addEventListener('abort', () => frozen.resolve(), { once: true });
  await frozen.promise;
  cancel();
  if (!abort.signal.aborted) return decisionOn(question, abort, to, thaw);
  thaw();
  return DECLINED;
}

/** What the person says, or what silence means: nothing at the server's deadline, the settings' word before. */
async function decisionOn(
  question: Question,
  abort: AbortController,
  { sharer, clock, settings }: Questioned,
  offScreen: () => void,
): Promise<Decision> {
  const answered = Promise.withResolvers<Decision>();
  const silent = question.isUnattended ? UNATTENDED_NOTICE_MS : settings.answerWithinMs;
  const cancels = [clock.at(question.until, () => abort.abort('timedOut'))];
  const silence: Decision = question.isUnattended ? { kind: 'accept', grants: question.wants } : DECLINED;
  if (silent !== undefined) cancels.push(clock.at(clock.now() + silent, () => abort.abort('answered')));
  const isSilent = () => abort.signal.aborted && abort.signal.reason === 'answered';
  abort.signal.addEventListener('abort', () => isSilent() || answered.resolve(DECLINED), { once: true });
  // What silence means counts once it is off the screen, and written down.
  const decided = sharer.decide(question, abort.signal).finally(offScreen);
  decided.then((decision) => answered.resolve(isSilent() ? silence : decision), answered.reject);
  return answered.promise.finally(() => {
    for (const cancel of cancels) cancel();
  });
}
