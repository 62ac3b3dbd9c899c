/**
 * `$skiptoken`: a store's cursor and a check that binds it to one query, as base64url. The check guards against mix-ups,
 * not against forgery: whoever forges a token can reach nothing but another place in the list.
 */
import { createHash } from 'node:crypto';
import { DomainError } from '../errors.ts';
import type { Cursor, OrderBy } from '../store/store.ts';

const CHECK_LENGTH = 12;
/** Characters: the URL of the next page has to fit, with the other header fields, into what servers read (16 KiB). */
const LONGEST_TOKEN = 8_192;
const DIGITS = /^-?\d{1,19}$/;
const LARGEST_TICKS = 2n ** 63n - 1n;

/** What a token is good for: type, filter, order and search of a list in one text. */
export interface Fingerprinted {
  readonly fingerprint: string;
}

/**
 * @param list the `QueryOptions` of the request that is answered
 * @throws DomainError badRequest (target `$orderby`) when the values that the list is sorted by make no usable URL
 */
export function encodeSkipToken(cursor: Cursor, { fingerprint }: Fingerprinted): string {
  const token = Buffer.from(JSON.stringify([checkOf(cursor, fingerprint), ...cursor])).toString('base64url');
  if (token.length <= LONGEST_TOKEN) return token;
  throw new DomainError(
    'badRequest',
    'The list goes on after a row whose values are too long to be part of a URL. Sort by shorter ones, or filter.',
    { target: '$orderby' },
  );
}

/** @throws DomainError badRequest (target `$skiptoken`) when the token is mangled or belongs to another query */
export function decodeSkipToken(
  token: string,
  list: Fingerprinted & { readonly orderBy?: readonly OrderBy[] },
): Cursor {
  const { fingerprint, orderBy = [] } = list;
  const [check, ...cursor] = parsed(token);
  const isCursor = cursor.length === orderBy.length + 1 && cursor.every((value, index) => fits(value, orderBy[index]));
  if (isCursor && check === checkOf(cursor as Cursor, fingerprint)) return cursor as Cursor;
  throw new DomainError('badRequest', '$skiptoken is damaged, or comes from a list with other query options.', {
    target: '$skiptoken',
  });
}

function checkOf(cursor: Cursor, fingerprint: string): string {
  const content = JSON.stringify([fingerprint, cursor]);
  return createHash('sha256').update(content).digest('base64url').slice(0, CHECK_LENGTH);
}

function parsed(token: string): unknown[] {
  const bytes = Buffer.from(token, 'base64url');
  // Buffer passes over what is no base64url.
  if (bytes.toString('base64url') !== token) return [];
  try {
    const content: unknown = JSON.parse(bytes.toString());
    return Array.isArray(content) ? content : [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}

/** Whether a store can compare the order expression, or the id where there is none, with the value. */
function fits(value: unknown, order: OrderBy | undefined): boolean {
  if (order && value === null) return true;
  switch (order?.expression.type.kind) {
    case 'number':
    case 'enum':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'instant':
      return typeof value === 'string' && DIGITS.test(value) && magnitude(BigInt(value)) <= LARGEST_TICKS;
    default:
      return typeof value === 'string' && value.isWellFormed() && !value.includes('\0');
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
