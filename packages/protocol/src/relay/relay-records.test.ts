import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import golden from '../../fixtures/relay-records.json' with { type: 'json' };
import { decodeBase64, encodeUtf8 } from '../events/bytes.ts';
import { type Pair, relayKeysOf } from '../events/derivation.ts';
import { EventRefusal } from '../events/refusal.ts';
import { ivOf } from '../events/sealed-stream.ts';
import { webCryptoPort } from '../events/web-crypto.ts';
import { DIRECTIONS, type Direction } from '../events/words.ts';
import { controlRecord, creditRecord, KIND, type RelayRecord, readRecord, tokenRecord } from './records.ts';
import { decodeControl, RELAY_CONTROL_NAMES, type RelayControl } from './relay-control.ts';
import { decodeGrantFrame, encodeGrantFrame, PAIRED_FRAME, readRelayOffer } from './relay-offer.ts';
import { NO_ADDITIONAL_DATA } from './relay-sender.ts';

const crypto = webCryptoPort(globalThis.crypto);

function bytes(text: string) {
  const read = decodeBase64(text);
  if (!read) throw new Error('The fixture holds base64.');
  return read;
}

/** The same record again, from what was read. */
function written(record: RelayRecord, direction: Direction) {
  switch (record.kind) {
    case 'data':
      return new Uint8Array([KIND.data, ...record.payload]);
    case 'credit':
      return creditRecord(record.bytes);
    case 'control':
      return controlRecord(record.control as RelayControl, direction);
    default:
      return tokenRecord(record.kind, record.token);
  }
}

describe('golden relay records', () => {
  // RLY-3
  it('are sealed under keys that come from those of the pair', async () => {
    const { key, iv, helperNonce, sharerNonce } = golden.pair;
    const pair: Pair = {
      sessionKey: 's',
      helperConnectionId: 'h',
      sharerConnectionId: 's',
      key: bytes(key),
      iv: bytes(iv),
    };
    const secret = { key: bytes(key), helperNonce: bytes(helperNonce), sharerNonce: bytes(sharerNonce) };
    const keys = await relayKeysOf(crypto, pair, secret, golden.relayId);
    expect(keys).toEqual({ toSharer: bytes(golden.keys.toSharer), toHelper: bytes(golden.keys.toHelper) });
  });

  // RLY-5
  it.each(golden.records)('$direction $counter: opens, reads, and is written as it was', async (one) => {
    const direction = one.direction as Direction;
    const cipher = await crypto.cipher(bytes(golden.keys[direction]));
    const plaintext = await cipher.open(ivOf(one.counter), bytes(one.message), NO_ADDITIONAL_DATA);
    expect(plaintext).toEqual(bytes(one.plaintext));
    const again = written(readRecord(bytes(one.plaintext), direction), direction);
    expect(again).toEqual(bytes(one.plaintext));
    expect(await cipher.seal(ivOf(one.counter), again, NO_ADDITIONAL_DATA)).toEqual(bytes(one.message));
  });

  it('hold one of each kind and control', () => {
    const read = golden.records.map(({ plaintext, direction }) => readRecord(bytes(plaintext), direction as Direction));
    expect(new Set(read.map(({ kind }) => kind))).toEqual(new Set(Object.keys(KIND)));
    const controls = read.flatMap((record) => (record.kind === 'control' ? [record.control.control] : []));
    expect(new Set(controls)).toEqual(new Set(RELAY_CONTROL_NAMES));
  });

  // RLY-1
  it('follow two frames in clear', () => {
    const grant = decodeGrantFrame(golden.grantFrame);
    expect(encodeGrantFrame(grant)).toBe(golden.grantFrame);
    expect(PAIRED_FRAME).toBe(golden.pairedFrame);
  });
});

// RLY-9
describe('a control', () => {
  it.each(golden.refused)('is refused by name: $field of $json', ({ field, direction, json }) => {
    const work = () => decodeControl(encodeUtf8(json), direction as Direction);
    expect(work).toThrow(expect.objectContaining({ reason: 'malformed', field }));
  });

  it.each(golden.read)('$why', ({ direction, json, as }) => {
    expect(decodeControl(encodeUtf8(json), direction as Direction)).toEqual(as);
  });
});

// RLY-7
it('any bytes are a record, or are refused by name', () => {
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map((json) => new Uint8Array([KIND.control, ...encodeUtf8(json)])),
    fc
      .tuple(fc.constantFrom(...golden.records), fc.nat(), fc.nat(255))
      .map(([{ plaintext }, at, byte]) =>
        bytes(plaintext).map((old, i, { length }) => (i === at % length ? byte : old)),
      ),
  );
  fc.assert(
    fc.property(any, fc.constantFrom(...DIRECTIONS), (input, direction) => {
      try {
        readRecord(new Uint8Array(input), direction);
      } catch (error) {
        expect(error).toBeInstanceOf(EventRefusal);
        expect((error as EventRefusal).field).toEqual(expect.any(String));
      }
    }),
    { numRuns: 500 },
  );
});

// RLY-1
it('any first frame is a grant, or is refused by name', () => {
  const any = fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom('{"version":2,"grant":"g"}', '{"version":1,"grant":""}'),
  );
  fc.assert(
    fc.property(any, (text) => {
      expect(() => decodeGrantFrame(text)).toThrow(EventRefusal);
    }),
  );
});

it.each(['relayId', 'relayUri', 'relayGrant'])('an offer without %s is refused by name', (field) => {
  const offer = { relayId: 'r', relayUri: 'wss://help.example/relay', relayGrant: 'g' };
  expect(readRelayOffer(offer)).toEqual(offer);
  expect(() => readRelayOffer({ ...offer, [field]: undefined })).toThrow(expect.objectContaining({ field }));
});
