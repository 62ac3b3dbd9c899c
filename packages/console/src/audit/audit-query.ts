/** What the console asks of the audit log, and how it becomes CSV. */
import type { auditEvent, Of } from '@open-remote-help/protocol';
import { dateTimeOffsetOf, startOfDay } from '../clock.ts';
import { literal } from '../graph/client.ts';

/** Where the log is. */
export const AUDIT_EVENTS = 'deviceManagement/auditEvents';

/** A record of the log. */
export type AuditEvent = Of<typeof auditEvent> & { readonly id: string };

/** As the service writes them. */
export const CATEGORIES = ['RemoteHelp', 'Device', 'Role', 'Settings', 'SignIn'] as const;

/** What the log is narrowed to; empty texts do not narrow. Days are as date inputs give them: `2026-01-31`. */
export interface AuditFilter {
  readonly from: string;
  readonly to: string;
  readonly actor: string;
  readonly category: string;
  readonly sessionId: string;
}

/** `$filter`; undefined for the whole log. The last day counts whole, as the person's own calendar has it. */
export function filterText({ from, to, actor, category, sessionId }: AuditFilter): string | undefined {
  const [begin, end] = [startOfDay(from), startOfDay(to, 1)];
  const parts = [
    begin === undefined ? '' : `activityDateTime ge ${dateTimeOffsetOf(begin)}`,
    end === undefined ? '' : `activityDateTime lt ${dateTimeOffsetOf(end)}`,
    actor === ''
      ? ''
      : `(contains(actor/userPrincipalName,${literal(actor)}) or contains(actor/applicationDisplayName,${literal(actor)}))`,
    category === '' ? '' : `category eq ${literal(category)}`,
    sessionId === '' ? '' : `sessionId eq ${literal(sessionId)}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : parts.join(' and ');
}

/** Who acted, by the best name there is. */
export function actorOf({ actor }: Pick<AuditEvent, 'actor'>): string {
  return (
    actor?.userPrincipalName ?? actor?.applicationDisplayName ?? actor?.servicePrincipalName ?? actor?.userId ?? ''
  );
}

/** What was acted upon, by name. */
export function targetsOf({ resources }: Pick<AuditEvent, 'resources'>): string {
  return resources.map(({ displayName, resourceId }) => displayName ?? resourceId ?? '').join(', ');
}

const COLUMNS: readonly (readonly [string, (event: AuditEvent) => string | null])[] = [
  ['id', ({ id }) => id],
  ['activityDateTime', ({ activityDateTime }) => activityDateTime],
  ['activity', ({ activity }) => activity],
  ['activityResult', ({ activityResult }) => activityResult],
  ['category', ({ category }) => category],
  ['actor', actorOf],
  ['actorId', ({ actor }) => actor?.userId ?? null],
  ['applicationId', ({ actor }) => actor?.applicationId ?? null],
  ['ipAddress', ({ actor }) => actor?.ipAddress ?? null],
  ['resources', targetsOf],
  ['sessionId', ({ sessionId }) => sessionId],
  ['correlationId', ({ correlationId }) => correlationId],
];

/** The first line of the file. */
export function csvHead(): string {
  return csvLine(COLUMNS.map(([name]) => name));
}

/** A record as a line. */
export function csvRow(event: AuditEvent): string {
  return csvLine(COLUMNS.map(([, value]) => value(event) ?? ''));
}

/**
 * What a spreadsheet would take for a formula (OWASP, CSV injection): where a cell begins, also by a semicolon, at which
 * spreadsheets of many languages cut lines whatever is quoted, or by a line break.
 */
const FORMULA = /(^|[;\n]|\r(?!\n))(?=\s*[=+\-@＝＋－＠])/gu;

/** RFC 4180, with an apostrophe before each formula. */
function csvLine(cells: readonly string[]): string {
  return `${cells.map((cell) => quoted(cell.replaceAll(FORMULA, "$1'"))).join(',')}\r\n`;
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
