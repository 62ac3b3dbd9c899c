/**
 * The log line of an answered request. Composed here and not by pino, which goes through an object member by member:
 * that would be three times as long, a tenth of serving an entity.
 */
import { type Instant, toIsoText } from '../clock.ts';
import { type Log, writeLine } from '../log.ts';
import type { Exchange } from './exchange.ts';
import type { RequestFacts } from './graph-request.ts';

/** What the line says besides the exchange. */
export interface Answered {
  readonly method: string;
  readonly status: number;
  /** How long the answer took, in milliseconds. */
  readonly ms: number;
}

/** pino's number of the level `info`. */
const INFO = 30;

/** Writes the line, with the members that `log.info` would give it, unless the log is set to a higher level. */
export function logRequest(log: Log, exchange: Exchange, answered: Answered, writtenAt: Instant): void {
  if (log.isLevelEnabled('info')) writeLine(log, requestLine(exchange, answered, writtenAt));
}

function requestLine({ ids, facts, now }: Exchange, { method, status, ms }: Answered, writtenAt: Instant): string {
  const { requestId, clientRequestId } = ids;
  const clientId = clientRequestId === requestId ? `"${requestId}"` : JSON.stringify(clientRequestId);
  // Numbers, and texts of our own making, have nothing to escape: a request id, a route's template, a method that the
  // parser of Node knows.
  return (
    `{"level":${INFO},"time":"${toIsoText(writtenAt)}","at":${now},"method":"${method}","status":${status},"ms":${ms}` +
    `,"requestId":"${requestId}","clientRequestId":${clientId},"route":"${facts.route}"${callerIn(facts)},"msg":"request"}\n`
  );
}

/** The members of the latest caller: most requests are somebody's who called before. */
let latest: { readonly tenantId?: string; readonly objectId?: string; readonly members: string } = { members: '' };

function callerIn({ tenantId, objectId }: RequestFacts): string {
  if (tenantId === undefined || objectId === undefined) return '';
  if (tenantId !== latest.tenantId || objectId !== latest.objectId) {
    const members = `,"tenantId":${JSON.stringify(tenantId)},"objectId":${JSON.stringify(objectId)}`;
    latest = { tenantId, objectId, members };
  }
  return latest.members;
}
