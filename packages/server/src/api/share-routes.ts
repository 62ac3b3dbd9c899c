/** `POST /share/claim`: a sharer's page shows a code and its key, and is a device from then on. */

import type { IncomingMessage } from 'node:http';
import { sourceOf } from '../access/source.ts';
import { DomainError } from '../errors.ts';
import type { Claims } from '../session/claims.ts';
import { addressed, type Exchange } from './exchange.ts';
import type { GraphResponse } from './graph-request.ts';
import { type OriginRules, sourceAddressOf } from './origin.ts';
import { readJson } from './request-body.ts';
import type { Throttle } from './throttle.ts';

export interface ShareEdge {
  readonly claims: Pick<Claims, 'claim'>;
  readonly strangers: Throttle;
  readonly originRules: OriginRules;
}

const LARGEST_BODY = 8 * 1_024;
const HEADERS = { 'content-type': 'application/json;charset=utf-8', 'cache-control': 'no-store' };

/** @throws DomainError */
export async function answerClaim(
  { claims, strangers, originRules }: ShareEdge,
  message: IncomingMessage,
  { ids, now, facts }: Exchange,
): Promise<GraphResponse> {
  facts.route = '/share/claim';
  if (message.method !== 'POST') {
    throw new DomainError('methodNotAllowed', 'The route does not allow this method.', { allowed: ['POST'] });
  }
  const address = sourceAddressOf(addressed(message), originRules);
  strangers.count(sourceOf(address), now);
  const claimant = { now, correlationId: ids.requestId, address };
  const body = await claims.claim(claimant, await readJson(message, LARGEST_BODY));
  return { status: 201, headers: HEADERS, body };
}
