/** Sessions in words, for a terminal. What comes from elsewhere passes `foreign`. Pure. */
import { durationText, END_REASON_TEXTS, foreign, grantsText, type Styler } from '@open-remote-help/agent/terminal';
import { epochMsOfTicks, parseDateTimeOffset } from '@open-remote-help/protocol';
import type { ControlEvent } from '@open-remote-help/protocol/events';
import type { Instant } from '../clock.ts';
import type { Entity } from './service-client.ts';

/** What times are told by. */
export interface Reckoning {
  /** The present, by the service's clock. */
  readonly now: Instant;
  /** How long a device may take to answer (SES-2). */
  readonly consentMs: number;
}

export const LIST_HEAD = ['STATE', 'DEVICE', 'HELPER', 'TYPE', 'TIME LEFT', 'KEY'];

/** A session as a row of `session list`. */
export function listRow(session: Entity, reckoning: Reckoning): string[] {
  const isLive = session.state !== 'ended';
  return [
    isLive ? foreign(session.state) : `ended: ${foreign(session.endReason)}`,
    foreign(session.deviceName, '-', 40),
    foreign(session.helperDisplayName ?? session.helperUserPrincipalName, '-', 40),
    foreign(session.sessionType),
    isLive ? leftText(session, reckoning) : '-',
    foreign(session.sessionKey),
  ];
}

/** How long a session goes on, or waits for an answer. */
export function leftText(session: Entity, { now, consentMs }: Reckoning): string {
  const expiresAt = instantOf(session.sessionExpirationDateTime) ?? now;
  if (session.state !== 'requested') return durationText(expiresAt - now);
  const askedUntil = (instantOf(session.createdDateTime) ?? now) + consentMs;
  return `${durationText(Math.min(askedUntil, expiresAt) - now)} to answer`;
}

/** `session show`: every fact on a line of its own. */
export function detailLines(session: Entity, reckoning: Reckoning): string[] {
  const isLive = session.state !== 'ended';
  const facts: [string, string | undefined][] = [
    ['device', `${foreign(session.deviceName, '-')} (${foreign(session.deviceId)})`],
    ['state', isLive ? foreign(session.state) : `ended: ${endText(session)}`],
    ['type', foreign(session.sessionType)],
    ['granted', session.grants ? grantsText(session.grants) : undefined],
    ['helper', helperText(session)],
    ['others', othersText(session)],
    ['reason', textOrNone(session.reason)],
    ['ticket', textOrNone(session.ticket)],
    ['requested', foreign(session.createdDateTime)],
    ['accepted', textOrNone(session.acceptedDateTime)],
    ['ended', textOrNone(session.endedDateTime)],
    ['lease', isLive ? leaseText(session, reckoning) : undefined],
    ['key', foreign(session.sessionKey)],
    ['id', foreign(session.id)],
  ];
  return facts.flatMap(([name, text]) => (text === undefined ? [] : [`${name.padEnd(11)}${text}`]));
}

function leaseText(session: Entity, reckoning: Reckoning): string {
  const latest = `at the latest ${foreign(session.latestExpirationDateTime)}`;
  return `${leftText(session, reckoning)}, until ${foreign(session.sessionExpirationDateTime)} (${latest})`;
}

/** Why a session ended, and by whom. */
export function endText({ endReason, endedBy }: Entity): string {
  const why = END_REASON_TEXTS[String(endReason)] ?? foreign(endReason, 'nobody knows why');
  return endedBy ? `${why} (by ${foreign(endedBy)})` : why;
}

function helperText({ helperDisplayName, helperUserPrincipalName, helperId }: Entity): string {
  const name = foreign(helperDisplayName, foreign(helperId, '-'));
  return helperUserPrincipalName ? `${name} <${foreign(helperUserPrincipalName)}>` : name;
}

function othersText({ helpers = [], helperId }: Entity): string | undefined {
  const others = (helpers as Entity[]).filter(({ userId }) => userId !== helperId);
  if (others.length === 0) return undefined;
  return others.map(({ displayName, userId, access }) => `${foreign(displayName ?? userId)} (${access})`).join(', ');
}

function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? foreign(value) : undefined;
}

export function instantOf(text: unknown): Instant | undefined {
  const parsed = typeof text === 'string' ? parseDateTimeOffset(text) : undefined;
  return parsed && epochMsOfTicks(parsed.ticks);
}

/**
 * What a helper is told by a control event; no lines where there is nothing to say.
 * @param nameOf the name of a helper by the `userId` of events
 */
export function eventLines(
  event: ControlEvent,
  now: Instant,
  nameOf: (userId: string) => string,
  style: Styler,
): string[] {
  switch (event.event) {
    case 'consent':
      return consentLines(event, now, style);
    case 'granted':
      return [`Granted: ${grantsText(event.grants)}.`];
    case 'leaseRenewed':
      return [`Extended: ${durationText((instantOf(event.expiresAt) ?? now) - now)} left.`];
    case 'presence': {
      const who = event.party === 'sharer' ? 'The device' : foreign(nameOf(event.userId), 'A helper');
      return [`${who} ${event.isPresent ? 'is here' : 'has left'}.`];
    }
    case 'frozen':
      return [event.isFrozen ? 'The picture stands still.' : 'The picture moves again.'];
    case 'policy':
      return event.blockChat ? ['Chat is switched off in this tenant.'] : [];
    case 'ended':
      return [style('bold', `The session is over: ${END_REASON_TEXTS[event.reason] ?? event.reason}.`)];
    default:
      return [];
  }
}

const CONSENT_TEXTS = {
  session: ['The device said yes.', 'The device said no.'],
  access: ['The device lets you join.', 'The device does not let you join.'],
  rights: ['The device allows more.', 'The device does not allow more.'],
} as const;

function consentLines(
  { kind, decision, retryAt }: Extract<ControlEvent, { event: 'consent' }>,
  now: Instant,
  style: Styler,
): string[] {
  const [yes, no] = CONSENT_TEXTS[kind];
  if (decision === 'granted') return [style('green', yes)];
  const waitMs = (instantOf(retryAt) ?? now) - now;
  const wait = waitMs > 0 ? [`You can ask again in ${durationText(waitMs)}.`] : [];
  return [style('yellow', decision === 'declined' ? no : 'Nobody answered on the device.'), ...wait];
}
