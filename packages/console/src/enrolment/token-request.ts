/** What makes an enrolment token, and the command that uses it. */
import type { enrollmentToken, Of } from '@open-remote-help/protocol';
import { dateTimeOffsetOf, type Instant } from '../clock.ts';

/** Where tokens are. */
export const TOKENS = 'remoteHelp/enrollmentTokens';

/** What the form holds. */
export interface TokenWishes {
  readonly displayName: string;
  readonly deviceName: string;
  readonly maxUses: number;
  readonly days: number;
}

/** A day, one device: what most tokens are for. */
export const USUAL_WISHES: TokenWishes = { displayName: '', deviceName: '', maxUses: 1, days: 1 };

/** Days that a token may be good for. */
export const LIFETIMES = [1, 7, 30, 90, 365] as const;

/** As many devices as one token enrols at most. */
export const MOST_USES = 10_000;

const DAY_MS = 24 * 3_600_000;

/** The body of the request; what was left empty is left out. */
export function tokenRequest(wishes: TokenWishes, now: Instant): Partial<Of<typeof enrollmentToken>> {
  const { maxUses, days } = wishes;
  const [displayName, deviceName] = [wishes.displayName.trim(), wishes.deviceName.trim()];
  return {
    maxUses,
    // A minute less: a year to the second by this clock may be more than a year by the server's.
    expirationDateTime: dateTimeOffsetOf(now + days * DAY_MS - 60_000),
    ...(displayName === '' ? {} : { displayName }),
    // Several devices can't share a name.
    ...(deviceName === '' || maxUses > 1 ? {} : { deviceName }),
  };
}

/** What is run on the device, in its copy of the product. @param origin where this service is reached */
export function enrolCommands(origin: string, token: string): string {
  return `npx --no remote-help agent enroll --server ${origin} --token ${token}\nnpx --no remote-help agent run`;
}
