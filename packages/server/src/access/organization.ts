/** Names of organisations, as people are shown them beside a helper's name. */
import { LINE_LENGTHS, toLine } from '@open-remote-help/protocol/events';

/** What such a name must be. */
export const ORGANIZATION_NAME = `one line of 1 to ${LINE_LENGTHS.organization} characters, without control characters`;

/** Whether a value is one, to be shown as it is (EV-6, EV-7). */
export function isOrganizationName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && toLine(value, LINE_LENGTHS.organization) === value;
}
