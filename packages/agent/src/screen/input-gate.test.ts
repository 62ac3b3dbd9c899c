import { bytes, rfbClient } from '@open-remote-help/testkit';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type GatedInput, InputGate } from './input-gate.ts';

const { key, qemuKey, pointer, extendedPointer } = rfbClient;
const [SHIFT, A] = [0xffe1, 0x41];

let gate: InputGate;
let told: string[];
/** What the gate itself sends to the desktop, of Anna's and of Ben's connection. */
let sent: { anna: Uint8Array[]; ben: Uint8Array[] };
let anna: GatedInput;
let ben: GatedInput;
beforeEach(() => {
  gate = new InputGate();
  told = [];
  sent = { anna: [], ben: [] };
  gate.watch({
    frozen: (isFrozen, cause) => told.push(`${isFrozen ? 'frozen' : 'thawed'} ${cause}`),
    handedOn: () => told.push(`to ${gate.holder}`),
  });
  anna = gate.input('anna', (message) => sent.anna.push(message));
  ben = gate.input('ben', (message) => sent.ben.push(message));
});

/** Both are in, and may control. */
function bothIn(): void {
  gate.allow(true);
  gate.came('anna');
  gate.came('ben');
}

describe('input through the gate', () => {
  // SCR-12
  it('needs the grant and the input: not one of them, and nothing from the start', () => {
    expect(anna.key(key(A, true))).toBe(false);
    gate.came('anna');
    expect([anna.key(key(A, true)), anna.pointer(pointer(0, 1, 1))]).toEqual([false, false]);
    gate.allow(true);
    gate.came('ben');
    expect([anna.key(key(A, true)), anna.pointer(pointer(0, 1, 1))]).toEqual([true, true]);
    expect([ben.key(key(A, true)), ben.pointer(pointer(0, 1, 1))]).toEqual([false, false]);
    gate.allow(false);
    expect(anna.key(key(A, true))).toBe(false);
  });

  // SCR-16
  it('lets go of what is held when the grant is taken away: modifiers last, buttons where they are', () => {
    bothIn();
    anna.key(key(SHIFT, true));
    anna.key(qemuKey(A, 30, true));
    anna.key(key(0x62, true));
    anna.key(key(0x62, false));
    anna.pointer(pointer(5, 300, 200));
    gate.allow(false);
    expect(sent.anna).toEqual([qemuKey(A, 30, false), key(SHIFT, false), pointer(0, 300, 200)]);
    gate.allow(true);
    gate.allow(false);
    expect(sent.anna).toHaveLength(3);
  });

  // SCR-16
  it('lets go of further buttons as well, and of nothing when nothing is held', () => {
    bothIn();
    anna.pointer(extendedPointer(0x100, 3, 4));
    const thaw = gate.freeze('prompt');
    expect(sent).toEqual({ anna: [pointer(0, 3, 4)], ben: [] });
    thaw();
    anna.pointer(extendedPointer(0x100, 3, 4));
    anna.pointer(pointer(0, 5, 6));
    anna.close();
    expect(sent.anna).toHaveLength(1);
  });

  // SCR-16
  it('lets go when the connection is closed, and when the helper gives the input up or goes', () => {
    bothIn();
    anna.key(key(A, true));
    gate.wants('ben', true);
    gate.wants('anna', false);
    expect([sent.anna, gate.holder]).toEqual([[key(A, false)], 'ben']);
    ben.key(key(A, true));
    gate.left('ben');
    expect([sent.ben, gate.holder]).toEqual([[key(A, false)], undefined]);
    gate.wants('anna', true);
    anna.key(key(A, true));
    anna.close();
    expect(sent.anna).toHaveLength(2);
  });

  // SCR-16
  it('knows of 64 keys that are down, and lets no further one through', () => {
    bothIn();
    for (let keysym = 1; keysym <= 64; keysym++) expect(anna.key(key(keysym, true))).toBe(true);
    expect(anna.key(key(65, true))).toBe(false);
    expect(anna.key(key(64, true))).toBe(true);
    anna.key(key(1, false));
    expect(anna.key(key(65, true))).toBe(true);
    anna.close();
    expect(sent.anna).toHaveLength(64);
  });

  // SCR-17
  it('is dropped from the freeze on, and until the last one is over', () => {
    bothIn();
    anna.key(key(A, true));
    const [prompt, pause] = [gate.freeze('prompt'), gate.freeze('paused')];
    expect(sent.anna).toEqual([key(A, false)]);
    expect(anna.key(key(A, true))).toBe(false);
    prompt();
    prompt();
    expect([anna.pointer(pointer(1, 0, 0)), gate.frozenBy]).toEqual([false, 'paused']);
    pause();
    expect([anna.key(key(A, true)), gate.frozenBy]).toEqual([true, undefined]);
    expect(told).toEqual(['to anna', 'frozen prompt', 'frozen paused', 'frozen paused', 'thawed paused']);
  });

  // SCR-16
  it('leaves nothing pressed, whatever was sent', () => {
    const message = fc.oneof(
      fc.tuple(fc.nat(5), fc.boolean()).map(([keysym, isDown]) => key(keysym, isDown)),
      fc.tuple(fc.nat(5), fc.nat(5), fc.boolean()).map(([keysym, code, isDown]) => qemuKey(keysym, code, isDown)),
    );
    fc.assert(
      fc.property(fc.array(message), (messages) => {
        const releases: string[] = [];
        gate.allow(true);
        gate.came('anna');
        const input = gate.input('anna', (release) => releases.push(release.join()));
        const down = new Set<string>();
        for (const one of messages) {
          input.key(one);
          const [at, isDown] = one[0] === 4 ? [1, one[1] === 1] : [3, one[3] === 1];
          const up = bytes(one);
          up[at] = 0;
          if (isDown) down.add(up.join());
          else down.delete(up.join());
        }
        input.close();
        expect(releases.sort()).toEqual([...down].sort());
      }),
    );
  });
});

// SCR-18
describe('the input, among helpers', () => {
  it('is with the first who came, and stays there when others ask', () => {
    bothIn();
    gate.wants('ben', true);
    expect(gate.holder).toBe('anna');
    gate.wants('anna', true);
    expect([gate.holder, told]).toEqual(['anna', ['to anna']]);
  });

  it('goes to who asked first, and to nobody where nobody asked', () => {
    bothIn();
    gate.came('clara');
    gate.wants('clara', true);
    gate.wants('ben', true);
    gate.wants('clara', true);
    gate.wants('anna', false);
    expect(gate.holder).toBe('clara');
    gate.wants('ben', false);
    gate.wants('clara', false);
    expect(gate.holder).toBeUndefined();
    gate.wants('ben', true);
    expect(gate.holder).toBe('ben');
    expect(told).toEqual(['to anna', 'to clara', 'to undefined', 'to ben']);
  });

  it('is nothing for who is not in', () => {
    gate.allow(true);
    gate.wants('stranger', true);
    expect(gate.holder).toBeUndefined();
  });
});
