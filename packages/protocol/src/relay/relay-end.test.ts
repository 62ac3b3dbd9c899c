import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../../../testkit/src/manual-clock.ts';
import { MemoryRelay } from '../../../testkit/src/memory-relay.ts';
import { type Bytes, concat } from '../events/bytes.ts';
import type { Cipher, CryptoPort } from '../events/crypto-port.ts';
import { ivOf } from '../events/sealed-stream.ts';
import { webCryptoPort } from '../events/web-crypto.ts';
import { RELAY_CREDIT_BYTES, RELAY_DATA_BYTES } from './limits.ts';
import { creditRecord, KIND, tokenRecord } from './records.ts';
import type { RelayControl } from './relay-control.ts';
import { RelayEnd } from './relay-end.ts';
import { NO_ADDITIONAL_DATA } from './relay-sender.ts';

const crypto = webCryptoPort(globalThis.crypto);
const KEYS = { toSharer: crypto.randomBytes(32), toHelper: crypto.randomBytes(32) };
const START: RelayControl = { control: 'start', screen: null };

let relay: MemoryRelay;
let clock: ManualClock;
beforeEach(() => {
  relay = new MemoryRelay();
  clock = new ManualClock();
});

/** Polls without the wait between two looks that is meant for slower things. */
const soon = <T>(read: () => T) => expect.poll(read, { interval: 1 });

type Party = 'helper' | 'sharer';

/** An end that draws what it receives at once, unless it is told not to. */
function newEnd(party: Party, { draws = true, port = crypto }: { draws?: boolean; port?: CryptoPort } = {}) {
  const heard: string[] = [];
  const chunks: Bytes[] = [];
  const end = new RelayEnd({
    ...{ party, crypto: port, keys: KEYS, offer: relay.offer(`grant of ${party}`.replaceAll(' ', '-')) },
    ...{ openSocket: relay.openSocket, timers: clock },
    listener: {
      paired: () => heard.push('paired'),
      data: (bytes) => {
        chunks.push(bytes);
        if (draws) end.drawn(bytes.length);
      },
      control: (control) => heard.push(JSON.stringify(control)),
      closed: (reason) => heard.push(reason),
    },
  });
  return { end, heard, stream: () => concat(...chunks), received: () => concat(...chunks).length, chunks };
}

type TestEnd = ReturnType<typeof newEnd>;

async function paired(options: Partial<Record<Party, Parameters<typeof newEnd>[1]>> = {}) {
  const helper = newEnd('helper', options.helper);
  const sharer = newEnd('sharer', options.sharer);
  helper.end.start();
  await soon(() => relay.grants.length).toBe(1);
  sharer.end.start();
  await soon(() => sharer.heard).toEqual(['paired']);
  expect(helper.heard).toEqual(['paired']);
  return { helper, sharer };
}

/** A helper's end that does not keep to anything: it seals what a test wants, and counts as it should. */
async function hostile() {
  const sharer = newEnd('sharer', { draws: false });
  const silent = newEnd('helper');
  silent.end.start();
  await soon(() => relay.grants.length).toBe(1);
  sharer.end.start();
  await soon(() => sharer.heard).toEqual(['paired']);
  const cipher = await crypto.cipher(KEYS.toSharer);
  const answers: Bytes[] = [];
  relay.pass = (message, from) => {
    if (from === 1) answers.push(message);
    return [];
  };
  let counter = 0;
  const seal = (plaintext: Bytes) => cipher.seal(ivOf(counter++), plaintext, NO_ADDITIONAL_DATA);
  const deliver = (message: Bytes) => relay.deliver(message, 1);
  return { sharer, answers, seal, deliver, send: async (plaintext: Bytes) => deliver(await seal(plaintext)) };
}

const dataRecord = (length: number) => new Uint8Array(1 + length);
const endsWith = (end: TestEnd, reason: string) => soon(() => end.heard).toEqual(['paired', reason]);

describe('two ends', () => {
  // RLY-1
  it('show their grants, and are told when both are there', async () => {
    await paired();
    expect(relay.grants).toEqual(['grant-of-helper', 'grant-of-sharer']);
  });

  // RLY-5
  it('carry a stream both ways, unaltered and in order, however it is cut into writes', async () => {
    const writes = fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 200_000 })), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(writes, writes, async (toSharer, toHelper) => {
        relay = new MemoryRelay();
        const { helper, sharer } = await paired();
        const write = async ({ end }: TestEnd, lengths: readonly number[]) => {
          const parts = lengths.map((length) => Uint8Array.from({ length }, (_, at) => (at * 7 + length) & 255));
          const written = parts.map((part) => {
            const copy = part.slice();
            const done = end.write(copy);
            copy.fill(0);
            return done;
          });
          await Promise.all(written);
          return concat(...parts);
        };
        const [wroteToSharer, wroteToHelper] = await Promise.all([write(helper, toSharer), write(sharer, toHelper)]);
        await expect
          .poll(() => [sharer.received(), helper.received()])
          .toEqual([wroteToSharer.length, wroteToHelper.length]);
        expect(sharer.stream()).toEqual(wroteToSharer);
        expect(helper.stream()).toEqual(wroteToHelper);
        helper.end.close();
      }),
      { numRuns: 25 },
    );
  });

  // RLY-5
  it('hold the order also where later records are sealed and opened sooner', async () => {
    const { helper, sharer } = await paired({ helper: { port: tardy() }, sharer: { port: tardy() } });
    const parts = Array.from({ length: 40 }, (_, at) => new Uint8Array(RELAY_DATA_BYTES / 8).fill(at));
    for (const part of parts) await helper.end.write(part);
    await soon(() => sharer.received()).toBe(parts.length * (RELAY_DATA_BYTES / 8));
    expect(sharer.stream()).toEqual(concat(...parts));
  });

  it('gather small writes of one turn in one record', async () => {
    const { helper, sharer } = await paired();
    await Promise.all(Array.from({ length: 100 }, (_, at) => helper.end.write(new Uint8Array([at]))));
    await soon(() => sharer.received()).toBe(100);
    expect(relay.passed[0]).toHaveLength(1);
  });

  // RLY-5, RLY-9
  it('tell each other controls, before data that waits for credit', async () => {
    const { helper, sharer } = await paired({ sharer: { draws: false } });
    const written = helper.end.write(new Uint8Array(RELAY_CREDIT_BYTES + 1));
    await soon(() => sharer.received()).toBe(RELAY_CREDIT_BYTES);
    helper.end.control(START);
    await soon(() => sharer.heard[1]).toBe(JSON.stringify(START));
    sharer.end.drawn(RELAY_CREDIT_BYTES);
    await written;
    await soon(() => sharer.received()).toBe(RELAY_CREDIT_BYTES + 1);
  });

  it('keep what was said before they were paired, in its order', async () => {
    const helper = newEnd('helper');
    const written = helper.end.write(new Uint8Array([1, 2, 3]));
    helper.end.control(START);
    helper.end.start();
    await soon(() => relay.grants.length).toBe(1);
    const sharer = newEnd('sharer');
    sharer.end.start();
    await written;
    await soon(() => sharer.heard).toEqual(['paired', JSON.stringify(START)]);
    await soon(() => sharer.stream()).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('measure the way to the other end and back', async () => {
    const { helper } = await paired();
    relay.pass = (message) => {
      clock.advanceBy(10);
      return [message];
    };
    expect(await helper.end.ping()).toBe(20);
  });

  it('are told that the other closed, and what it had said before; nothing else after that', async () => {
    const { helper, sharer } = await paired();
    const refused: RelayControl = { control: 'refused', why: 'wayland', text: 'Wayland shows no picture.' };
    sharer.end.control(refused);
    sharer.end.close();
    await soon(() => helper.heard).toEqual(['paired', JSON.stringify(refused), 'otherLeft']);
    expect(sharer.heard).toEqual(['paired', 'closed']);
    await expect(helper.end.write(new Uint8Array(1))).rejects.toThrow('closed');
    await expect(helper.end.ping()).rejects.toThrow('not open');
    expect(clock.pending).toBe(0);
  });

  it('have their writers and pings refused when they are closed in the middle', async () => {
    const { helper } = await paired({ sharer: { draws: false } });
    const written = helper.end.write(new Uint8Array(2 * RELAY_CREDIT_BYTES));
    relay.pass = () => [];
    const ping = helper.end.ping();
    helper.end.close();
    await expect(written).rejects.toThrow('closed');
    await expect(ping).rejects.toThrow('closed');
  });

  it.each([
    [1000, 'otherLeft'],
    [1008, 'refused'],
    [1009, 'oversize'],
    [4000, 'overrun'],
    [1006, 'lost'],
    [1011, 'lost'],
  ])('understand the close code %i as %s', async (code, reason) => {
    const { helper, sharer } = await paired();
    relay.cut(code);
    expect([helper.heard, sharer.heard]).toEqual([
      ['paired', reason],
      ['paired', reason],
    ]);
  });

  it('give up when nobody comes, and start once', async () => {
    const helper = newEnd('helper');
    helper.end.start();
    expect(() => helper.end.start()).toThrow('once');
    await soon(() => relay.grants.length).toBe(1);
    clock.advanceBy(25_000);
    expect(helper.heard).toEqual(['lost']);
  });

  it('close when the cryptography fails', async () => {
    const failing = async () => ({
      seal: () => Promise.reject(new Error('sealing failed')),
      open: async () => undefined,
    });
    const { helper } = await paired({ helper: { port: { ...crypto, cipher: failing } } });
    await expect(helper.end.write(new Uint8Array(1))).resolves.toBeUndefined();
    await endsWith(helper, 'failed');
  });
});

// RLY-8
describe('silence', () => {
  it('is broken by asking for a sign of life, as long as there is one', async () => {
    const { helper, sharer } = await paired();
    for (let times = 1; times <= 10; times++) {
      const count = relay.passed.flat().length;
      clock.advanceBy(5_000);
      await soon(() => relay.passed.flat().length).toBeGreaterThanOrEqual(count + 2);
    }
    expect([helper.heard, sharer.heard]).toEqual([['paired'], ['paired']]);
  });

  it('of 20 seconds ends the relay, and not of less', async () => {
    const { helper } = await paired();
    relay.pass = () => [];
    clock.advanceBy(19_999);
    expect(helper.heard).toEqual(['paired']);
    clock.advanceBy(1);
    expect(helper.heard).toEqual(['paired', 'silent']);
  });
});

// RLY-6
describe('credit', () => {
  it('holds up a writer whose data nobody draws, and bounds what waits', async () => {
    const { helper, sharer } = await paired({ sharer: { draws: false } });
    await helper.end.write(new Uint8Array(RELAY_CREDIT_BYTES));
    let isCovered = false;
    const more = helper.end.write(new Uint8Array(1)).then(() => {
      isCovered = true;
    });
    await soon(() => sharer.received()).toBe(RELAY_CREDIT_BYTES);
    await helper.end.ping();
    expect([isCovered, sharer.received()]).toEqual([false, RELAY_CREDIT_BYTES]);
    sharer.end.drawn(RELAY_CREDIT_BYTES / 4 - 1);
    await helper.end.ping();
    expect(isCovered).toBe(false);
    sharer.end.drawn(1);
    await more;
  });

  it('ends an end whose writer does not wait', async () => {
    const { helper } = await paired({ sharer: { draws: false } });
    const chunk = new Uint8Array(256 * 1024);
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => helper.end.write(chunk)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(helper.heard).toEqual(['paired', 'overrun']);
    expect(relay.closeCodes[0]).toBe(4000);
  });

  it('is not given back for what was not received', async () => {
    const { helper, sharer } = await paired({ sharer: { draws: false } });
    await helper.end.write(new Uint8Array(10));
    await soon(() => sharer.received()).toBe(10);
    for (const bytes of [11, -1, 0.5, Number.NaN]) expect(() => sharer.end.drawn(bytes)).toThrow(RangeError);
  });

  it('that is exceeded ends the relay', async () => {
    const { sharer, send } = await hostile();
    for (let sent = 0; sent < RELAY_CREDIT_BYTES; sent += RELAY_DATA_BYTES) await send(dataRecord(RELAY_DATA_BYTES));
    await soon(() => sharer.received()).toBe(RELAY_CREDIT_BYTES);
    await send(dataRecord(1));
    await endsWith(sharer, 'overrun');
    expect([sharer.received(), relay.closeCodes[0]]).toEqual([RELAY_CREDIT_BYTES, 4000]);
  });

  it('for what was never sent ends the relay', async () => {
    const { sharer, send } = await hostile();
    await send(creditRecord(1));
    await endsWith(sharer, 'overrun');
  });
});

// RLY-7
describe('an end closes when the other, or whoever is in between,', () => {
  it('alters a record', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        relay = new MemoryRelay();
        const { helper, sharer } = await paired();
        relay.pass = (message) => [message.map((byte, index) => (index === at % message.length ? byte ^ flip : byte))];
        await helper.end.write(new Uint8Array(20));
        await endsWith(sharer, 'broken');
        expect(sharer.received()).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it.each<[string, (message: Bytes, at: number, kept: Bytes[]) => readonly Bytes[]]>([
    ['leaves one out', (message, at) => (at === 1 ? [] : [message])],
    ['sends one twice', (message, at) => (at === 1 ? [message, message] : [message])],
    ['swaps two', (message, at, kept) => (at === 1 ? [] : at === 2 ? [message, kept[1] as Bytes] : [message])],
    ['sends an old one again', (message, at, kept) => (at === 2 ? [kept[0] as Bytes] : [message])],
    ['cuts one short', (message, at) => (at === 1 ? [message.subarray(0, -1)] : [message])],
    ['joins two', (message, at, kept) => (at === 1 ? [] : at === 2 ? [concat(kept[1] as Bytes, message)] : [message])],
    ['puts one of its own in', (message, at) => (at === 1 ? [new Uint8Array(40), message] : [message])],
    ['sends an empty one', (message, at) => (at === 1 ? [new Uint8Array(0), message] : [message])],
  ])('%s', async (_, deed) => {
    const { helper, sharer } = await paired();
    const kept: Bytes[] = [];
    relay.pass = (message, from) => (from === 0 ? deed(message, kept.push(message) - 1, kept) : [message]);
    for (let part = 0; part < 4; part++) await helper.end.write(new Uint8Array(10).fill(part)).catch(() => undefined);
    await endsWith(sharer, 'broken');
    const intact = [...sharer.stream()].every((byte, at) => byte === Math.floor(at / 10));
    expect(intact).toBe(true);
  });

  it('sends records back', async () => {
    const { helper } = await paired();
    relay.pass = (message, from) => {
      if (from === 0) relay.deliver(message, 0);
      return [];
    };
    await helper.end.write(new Uint8Array(10));
    await endsWith(helper, 'broken');
  });

  it.each<[string, Bytes]>([
    ['no kind', new Uint8Array(0)],
    ['an unknown kind', new Uint8Array([5, 0])],
    ['no data', new Uint8Array([KIND.data])],
    ['too much data', dataRecord(RELAY_DATA_BYTES + 1)],
    ['no credit', creditRecord(0)],
    ['credit of another length', new Uint8Array([KIND.credit, 0, 0, 0])],
    ['a ping of another length', new Uint8Array([KIND.ping, 0])],
    ['a pong that nobody asked for', tokenRecord('pong', 7n)],
    ['a control that is no JSON', new Uint8Array([KIND.control, 0x7b])],
    ['a control that is too long', new Uint8Array(2 + 16 * 1024).fill(0x20).fill(KIND.control, 0, 1)],
  ])('seals %s', async (_, plaintext) => {
    const { sharer, send } = await hostile();
    await send(plaintext);
    await endsWith(sharer, 'broken');
  });

  it('says what only this end may say', async () => {
    const { sharer, send } = await hostile();
    const json = new TextEncoder().encode('{"control":"frozen","isFrozen":false,"cause":"prompt"}');
    await send(concat(new Uint8Array([KIND.control]), json));
    await endsWith(sharer, 'broken');
  });

  it('sends any bytes whatever: nothing else happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, isSealed) => {
        relay = new MemoryRelay();
        const { sharer, answers, send, deliver } = await hostile();
        if (isSealed) await send(new Uint8Array(bytes));
        else deliver(new Uint8Array(bytes));
        await send(tokenRecord('ping', 1n));
        const isAnswered = () => answers.length === 1 || sharer.heard.length > 1;
        await soon(isAnswered).toBe(true);
        expect(
          sharer.heard.every((word) => ['paired', 'broken', 'overrun'].includes(word) || word.startsWith('{')),
        ).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it('sends bytes faster than they are opened', async () => {
    const { sharer, deliver } = await hostile();
    for (let sent = 0; sent < 2 * RELAY_CREDIT_BYTES; sent += RELAY_DATA_BYTES) deliver(dataRecord(RELAY_DATA_BYTES));
    expect(sharer.heard).toEqual(['paired', 'flood']);
  });

  it('sends records faster than they are opened', async () => {
    const { sharer, deliver } = await hostile();
    for (let sent = 0; sent <= 16_384; sent++) deliver(new Uint8Array(17));
    expect(sharer.heard).toEqual(['paired', 'flood']);
  });

  it('asks for signs of life without end', async () => {
    const { sharer, answers, seal, deliver } = await hostile();
    const pings = await Promise.all(Array.from({ length: 260 }, (_, at) => seal(tokenRecord('ping', BigInt(at)))));
    for (const ping of pings) deliver(ping);
    await endsWith(sharer, 'flood');
    expect(answers.length).toBeLessThanOrEqual(256);
  });
});

describe('the server', () => {
  // RLY-1, RLY-4
  it.each(['{"version":1,"event":"paired"}', 'hello', '{}'])('says %j to who is paired, and is left', async (text) => {
    const { sharer } = await paired();
    relay.say(text, 1);
    expect(sharer.heard).toEqual(['paired', 'broken']);
  });

  it.each(['', 'null', '[]', '{"version":2,"event":"paired"}', '{"version":1,"event":"other"}'])(
    'says %j instead of that both are there, and is left',
    async (text) => {
      const helper = newEnd('helper');
      helper.end.start();
      await soon(() => relay.grants.length).toBe(1);
      relay.say(text, 0);
      expect(helper.heard).toEqual(['broken']);
    },
  );

  it('sends bytes before both are there, and is left', async () => {
    const helper = newEnd('helper');
    helper.end.start();
    await soon(() => relay.grants.length).toBe(1);
    relay.deliver(new Uint8Array(40), 0);
    expect(helper.heard).toEqual(['broken']);
  });
});

it('passes over controls of names that are not known', async () => {
  const { sharer, send } = await hostile();
  await send(concat(new Uint8Array([KIND.control]), new TextEncoder().encode('{"control":"later","more":1}')));
  await send(concat(new Uint8Array([KIND.control]), new TextEncoder().encode(JSON.stringify(START))));
  await soon(() => sharer.heard).toEqual(['paired', JSON.stringify(START)]);
});

/** Web Cryptography, but each second operation takes longer than the next. */
function tardy(): CryptoPort {
  let count = 0;
  const late = async <T>(work: Promise<T>) => {
    const isLate = count++ % 2 === 0;
    const value = await work;
    for (let turns = 0; isLate && turns < 50; turns++) await Promise.resolve();
    return value;
  };
  const slow = ({ seal, open }: Cipher): Cipher => ({
    seal: (...given) => late(seal(...given)),
    open: (...given) => late(open(...given)),
  });
  return { ...crypto, cipher: async (key) => slow(await crypto.cipher(key)) };
}
