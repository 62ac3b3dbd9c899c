/** Records: what is sealed, one in each binary message (`docs/spec/relay.md`, RLY-5): a byte that says the kind, and what it holds. */
import type { Bytes } from '../events/bytes.ts';
import { malformed } from '../events/shape.ts';
import type { Direction } from '../events/words.ts';
import { RELAY_CREDIT_BYTES, RELAY_DATA_BYTES } from './limits.ts';
import { decodeControl, encodeControl, type RelayControl, type UnknownControl } from './relay-control.ts';

export const KIND = { data: 0, credit: 1, control: 2, ping: 3, pong: 4 } as const;

/** Bytes before what a record holds. */
export const RECORD_HEAD = 1;
const CREDIT_BYTES = 4;
/** What a ping holds, and its pong. */
export const TOKEN_BYTES = 8;

export type RelayRecord =
  /** The payload lies in the bytes that were opened. */
  | { readonly kind: 'data'; readonly payload: Bytes }
  | { readonly kind: 'credit'; readonly bytes: number }
  | { readonly kind: 'control'; readonly control: RelayControl | UnknownControl }
  | { readonly kind: 'ping' | 'pong'; readonly token: bigint };

export function creditRecord(bytes: number): Bytes {
  const record = recordOf(KIND.credit, CREDIT_BYTES);
  new DataView(record.buffer).setUint32(RECORD_HEAD, bytes);
  return record;
}

/** @throws EventRefusal `malformed` */
export function controlRecord(control: RelayControl, direction: Direction): Bytes {
  const json = encodeControl(control, direction);
  const record = recordOf(KIND.control, json.length);
  record.set(json, RECORD_HEAD);
  return record;
}

export function tokenRecord(kind: 'ping' | 'pong', token: bigint): Bytes {
  const record = recordOf(KIND[kind], TOKEN_BYTES);
  new DataView(record.buffer).setBigUint64(RECORD_HEAD, token);
  return record;
}

/** @param direction that in which it came. @throws EventRefusal `malformed` */
export function readRecord(plaintext: Bytes, direction: Direction): RelayRecord {
  const payload = plaintext.subarray(RECORD_HEAD);
  switch (plaintext[0]) {
    case KIND.data:
      if (payload.length === 0 || payload.length > RELAY_DATA_BYTES) throw malformed('data', 'has no length of data');
      return { kind: 'data', payload };
    case KIND.credit:
      return { kind: 'credit', bytes: creditOf(payload) };
    case KIND.control:
      return { kind: 'control', control: decodeControl(payload, direction) };
    case KIND.ping:
      return { kind: 'ping', token: tokenOf(payload) };
    case KIND.pong:
      return { kind: 'pong', token: tokenOf(payload) };
    default:
      throw malformed('kind', 'is none that there is');
  }
}

function creditOf(payload: Bytes): number {
  if (payload.length !== CREDIT_BYTES) throw malformed('credit', 'has not 4 bytes');
  const bytes = viewOf(payload).getUint32(0);
  if (bytes === 0 || bytes > RELAY_CREDIT_BYTES) throw malformed('credit', 'gives back what nobody can owe');
  return bytes;
}

function tokenOf(payload: Bytes): bigint {
  if (payload.length !== TOKEN_BYTES) throw malformed('token', 'has not 8 bytes');
  return viewOf(payload).getBigUint64(0);
}

function viewOf({ buffer, byteOffset, byteLength }: Bytes): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function recordOf(kind: number, length: number): Bytes {
  const record = new Uint8Array(RECORD_HEAD + length);
  record[0] = kind;
  return record;
}
