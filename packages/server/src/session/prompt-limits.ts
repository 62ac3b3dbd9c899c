/** How often a device may be asked (SES-13): prompt bombing wears people down until they accept. Pure. */
import type { Instant } from '../clock.ts';
import type { SessionSettings } from './session.ts';

const HOUR_MS = 60 * 60 * 1_000;

/** The prompts that a device has shown lately. */
export interface PromptLog {
  /** When it was asked, within the last hour. */
  readonly promptedAt: readonly Instant[];
  /** By object id of the helper: how often he was declined in a row, and when last. */
  readonly declines: Readonly<Record<string, Declines>>;
}

interface Declines {
  readonly count: number;
  readonly at: Instant;
}

export const NO_PROMPTS: PromptLog = { promptedAt: [], declines: {} };

/** How long a helper has to wait before the device may be asked for him: 0 is not at all. */
export function waitBeforePrompt(log: PromptLog, helperId: string, now: Instant, settings: SessionSettings): number {
  const { promptedAt, declines } = current(log, now);
  const declined = declinesOf(declines, helperId);
  const backOff = declined ? declined.at + backOffMs(declined.count, settings) - now : 0;
  const oldest = promptedAt[promptedAt.length - settings.promptsPerHour];
  const share = oldest === undefined ? 0 : oldest + HOUR_MS - now;
  return Math.max(backOff, share, 0);
}

/** The log after the device was asked. */
export function afterPrompt(log: PromptLog, now: Instant): PromptLog {
  const { promptedAt, declines } = current(log, now);
  return { declines, promptedAt: [...promptedAt, now] };
}

/** The log after a decline. */
export function afterDecline(log: PromptLog, helperId: string, now: Instant): PromptLog {
  const { promptedAt, declines } = current(log, now);
  const count = (declinesOf(declines, helperId)?.count ?? 0) + 1;
  return { promptedAt, declines: { ...declines, [helperId]: { count, at: now } } };
}

/** The log after consent: earlier declines count no more. */
export function afterConsent(log: PromptLog, helperId: string, now: Instant): PromptLog {
  const { promptedAt, declines } = current(log, now);
  const { [helperId]: _, ...others } = declines;
  return { promptedAt, declines: others };
}

/** Issuers elsewhere may call somebody `constructor`. */
function declinesOf(declines: PromptLog['declines'], helperId: string): Declines | undefined {
  return Object.hasOwn(declines, helperId) ? declines[helperId] : undefined;
}

function backOffMs(declines: number, { backOffMs: first, longestBackOffMs }: SessionSettings): number {
  return Math.min(first * 2 ** (declines - 1), longestBackOffMs);
}

/** What still counts: an hour's prompts, and declines no older than an hour, so that the log stays small. */
function current({ promptedAt, declines }: PromptLog, now: Instant): PromptLog {
  return {
    promptedAt: promptedAt.filter((at) => now - at < HOUR_MS),
    declines: Object.fromEntries(Object.entries(declines).filter(([, { at }]) => now - at < HOUR_MS)),
  };
}
