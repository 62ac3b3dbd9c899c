/** How often a device may be asked (SES-13): prompt bombing wears people down until they accept. Pure. */
import type { Instant } from '../clock.ts';
import type { SessionSettings } from './session.ts';

const HOUR_MS = 60 * 60 * 1_000;

/** The prompts that a device has shown lately. */
export interface PromptLog {
  /** Those of the last hour, in their order. */
  readonly prompts: readonly Prompted[];
  /** By object id of the helper: how often he was declined in a row, and when last. */
  readonly declines: Readonly<Record<string, Declines>>;
}

interface Prompted {
  readonly at: Instant;
  /** Object id of the helper for whom it was asked. */
  readonly helperId: string;
  readonly isAccepted?: true;
}

interface Declines {
  readonly count: number;
  readonly at: Instant;
}

/** A log that an earlier build kept has no helpers in it; within the hour it is forgotten anyhow. */
type StoredLog = Pick<PromptLog, 'declines'> & Partial<PromptLog>;

export const NO_PROMPTS: PromptLog = { prompts: [], declines: {} };

/** How long a helper has to wait before the device may be asked for him: 0 is not at all. */
export function waitBeforePrompt(log: PromptLog, helperId: string, now: Instant, settings: SessionSettings): number {
  const { prompts, declines } = current(log, now);
  const { promptsPerHour } = settings;
  const declined = declinesOf(declines, helperId);
  const backOff = declined ? declined.at + backOffMs(declined.count, settings) - now : 0;
  const his = prompts.filter((prompt) => prompt.helperId === helperId && !prompt.isAccepted);
  // The last one is left to somebody else, where there is more than one.
  const share = Math.max(promptsPerHour - 1, 1);
  return Math.max(backOff, waitForRoom(prompts, promptsPerHour, now), waitForRoom(his, share, now), 0);
}

function waitForRoom(prompts: readonly Prompted[], most: number, now: Instant): number {
  const oldest = prompts[prompts.length - most];
  return oldest ? oldest.at + HOUR_MS - now : 0;
}

/** The log after the device was asked for a helper. */
export function afterPrompt(log: PromptLog, helperId: string, now: Instant): PromptLog {
  const { prompts, declines } = current(log, now);
  return { declines, prompts: [...prompts, { at: now, helperId }] };
}

/** The log after a decline. */
export function afterDecline(log: PromptLog, helperId: string, now: Instant): PromptLog {
  const { prompts, declines } = current(log, now);
  const count = (declinesOf(declines, helperId)?.count ?? 0) + 1;
  return { prompts, declines: { ...declines, [helperId]: { count, at: now } } };
}

/** The log after consent: earlier declines count no more, nor does what was accepted against the helper's share. */
export function afterConsent(log: PromptLog, helperId: string, now: Instant): PromptLog {
  const { prompts, declines } = current(log, now);
  const { [helperId]: _, ...others } = declines;
  const last = prompts.findLast((prompt) => prompt.helperId === helperId);
  const accepted = prompts.map((prompt) => (prompt === last ? { ...prompt, isAccepted: true as const } : prompt));
  return { prompts: accepted, declines: others };
}

/** Issuers elsewhere may call somebody `constructor`. */
function declinesOf(declines: PromptLog['declines'], helperId: string): Declines | undefined {
  return Object.hasOwn(declines, helperId) ? declines[helperId] : undefined;
}

function backOffMs(declines: number, { backOffMs: first, longestBackOffMs }: SessionSettings): number {
  return Math.min(first * 2 ** (declines - 1), longestBackOffMs);
}

/** What still counts: an hour's prompts, and declines no older than an hour, so that the log stays small. */
function current({ prompts = [], declines }: StoredLog, now: Instant): PromptLog {
  return {
    prompts: prompts.filter(({ at }) => now - at < HOUR_MS),
    declines: Object.fromEntries(Object.entries(declines).filter(([, { at }]) => now - at < HOUR_MS)),
  };
}
