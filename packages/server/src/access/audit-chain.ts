/**
 * The chain over a tenant's audit records (ADR 11): each record's hash covers the hash of the one before it. Stretches of
 * it are stored as stretches, so that the records themselves are never touched again. Pure.
 */
import { hash } from 'node:crypto';
import type { StoredEntity } from '../store/store.ts';

/** A record's place in the chain: SHA-256 over the hash before it and the record, base64url. */
export interface Link {
  readonly recordId: string;
  readonly hash: string;
}

/** A record as it was written, or as it is stored: the same. */
export type Chainable = Pick<StoredEntity, 'id' | 'values'>;

/** What the first record is chained to. */
export const CHAIN_START = 'open-remote-help audit chain 1';

/** Properties that a hash covers. One that is added to audit records is not covered until a second layout says so. */
export const CHAINED_PROPERTIES = [
  'displayName',
  'componentName',
  'actor',
  'activity',
  'activityDateTime',
  'activityType',
  'activityOperationType',
  'activityResult',
  'correlationId',
  'resources',
  'category',
  'sessionId',
] as const;

/** The record's hash, chained to the one before. */
export function chainedHash(before: string, { id, values }: Chainable): string {
  const content = CHAINED_PROPERTIES.map((name) => values[name] ?? null);
  return hash('sha256', `${before}\n${id}\n${canonicalJson(content)}`, 'base64url');
}

/** Chains records in the order given. */
export function chain(before: string, records: readonly Chainable[]): Link[] {
  let last = before;
  return records.map((record) => {
    last = chainedHash(last, record);
    return { recordId: record.id, hash: last };
  });
}

/**
 * JSON with the members of every object in one order, that of their names: a database may keep them in another. Records
 * are made in this order, so that those of this node need no sorting, which would take as long as the rest.
 */
export function canonicalJson(value: unknown): string {
  return isCanonical(value) ? JSON.stringify(value) : sortedJson(value);
}

/** Whether JSON of the value is canonical as it stands. */
function isCanonical(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return value !== undefined;
  if (Array.isArray(value)) return value.every(isCanonical);
  const members = value as Readonly<Record<string, unknown>>;
  let before = '';
  for (const name in members) {
    if (name < before || !isCanonical(members[name])) return false;
    before = name;
  }
  return true;
}

/** Joined piece by piece, and names quoted once: with arrays and `join` each record would take twice as long. */
function sortedJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value !== 'object') return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${sortedJson(item)}`;
    return `[${text}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members).sort()) {
    text += `${text === '' ? '' : ','}${quoted(name)}:${sortedJson(members[name])}`;
  }
  return `{${text}}`;
}

const quotedNames = new Map<string, string>();
/** More names than audit records have; a database that was tampered with may hold any. */
const MOST_NAMES = 1_000;

function quoted(name: string): string {
  let text = quotedNames.get(name);
  if (text === undefined) {
    text = JSON.stringify(name);
    if (quotedNames.size < MOST_NAMES) quotedNames.set(name, text);
  }
  return text;
}

/** Links as a stretch keeps them. */
export function linesOf(links: readonly Link[]): string {
  return links.map(({ recordId, hash }) => `${recordId} ${hash}`).join('\n');
}

/** @returns undefined where the text was not written by `linesOf` */
export function readLines(text: string): Link[] | undefined {
  const links = text.split('\n').map((line) => /^(\S+) ([\w-]{43})$/.exec(line));
  if (links.some((match) => match === null)) return undefined;
  return links.map((match) => ({ recordId: match?.[1] ?? '', hash: match?.[2] ?? '' }));
}

/** The id of a stretch by its number, from 1: ids sort as numbers do. */
export function stretchId(number: number): string {
  return String(number).padStart(12, '0');
}
