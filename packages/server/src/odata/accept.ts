/** What a client asks of the answer: `Accept`, `$format` and `Prefer`. */
import { DomainError } from '../errors.ts';

/** How much control information an answer has (OData JSON 4.01, 3.1). */
export type MetadataLevel = 'none' | 'minimal' | 'full';

/**
 * The metadata level from `$format` if given, else from `Accept` (OData JSON 3.1). Ranges that allow JSON will do.
 * @throws DomainError notAcceptable when neither JSON nor a wildcard is allowed
 */
export function metadataLevel(accept: string | undefined, format?: string): MetadataLevel {
  if (format !== undefined) return levelOfFormat(format);
  if (accept === undefined) return 'minimal';
  // Most requests ask for the same as the one before.
  if (accept !== latest.accept) latest = { accept, level: levelOfAccept(accept) };
  return latest.level;
}

let latest: { readonly accept?: string; readonly level: MetadataLevel } = { level: 'minimal' };

function levelOfAccept(accept: string): MetadataLevel {
  if (accept.trim() === '') return 'minimal';
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const isJson = type === '*/*' || type === 'application/*' || type === 'application/json';
    if (isJson && !parameters.some((parameter) => RULED_OUT.test(parameter))) return levelOf(parameters) ?? 'minimal';
  }
  throw new DomainError('notAcceptable', 'Answers are application/json.', { target: 'Accept' });
}

/** RFC 9110, 12.4.2: a weight of 0 means not acceptable. */
const RULED_OUT = /^q=0(?:\.0*)?$/;

function levelOfFormat(format: string): MetadataLevel {
  const [type = '', ...parameters] = format
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  if (type === 'json' || type === 'application/json') return levelOf(parameters) ?? 'minimal';
  throw new DomainError('badRequest', '$format must be json or application/json with its parameters.', {
    target: '$format',
  });
}

function levelOf(parameters: readonly string[]): MetadataLevel | undefined {
  const value = /^(?:odata\.)?metadata=(none|minimal|full)$/;
  for (const parameter of parameters) {
    const level = value.exec(parameter)?.[1];
    if (level) return level as MetadataLevel;
  }
  return undefined;
}

/** What of `Prefer` is honoured. */
export interface Preferences {
  readonly return?: 'minimal' | 'representation';
  /** Most entities on a page. */
  readonly maxPageSize?: number;
}

/** Preferences of RFC 7240 and OData protocol 8.2.8 that are honoured; others are ignored, as the RFC says. */
export function preferences(prefer: string | undefined): Preferences {
  if (prefer === undefined) return {};
  const result: { return?: 'minimal' | 'representation'; maxPageSize?: number } = {};
  for (const preference of prefer.toLowerCase().split(/[,;]/)) {
    const [name = '', value = ''] = preference.split('=').map((part) => part.trim().replace(/^"(.*)"$/, '$1'));
    if (name === 'return' && (value === 'minimal' || value === 'representation')) result.return ??= value;
    if ((name === 'odata.maxpagesize' || name === 'maxpagesize') && /^[1-9]\d{0,5}$/.test(value)) {
      result.maxPageSize ??= Number(value);
    }
  }
  return result;
}

/** Whether an If-Match or If-None-Match list names the tag; comparison is weak, `*` names every one (RFC 9110, 13.1). */
export function namesEtag(header: string, etag: string): boolean {
  if (header.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === opaque);
}
