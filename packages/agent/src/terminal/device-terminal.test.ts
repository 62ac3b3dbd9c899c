import { PassThrough, Writable } from 'node:stream';
import { ManualClock } from '@open-remote-help/testkit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Device } from '../device.ts';
import { EVERYTHING, type Question } from '../sharer.ts';
import { DeviceTerminal } from './device-terminal.ts';
import { LiveTerminal } from './live-terminal.ts';
import { plain } from './text.ts';

const QUESTION: Question = {
  ...{ kind: 'rights', sessionKey: 'rh_key', promptId: 'p1', wants: EVERYTHING, isUnattended: false },
  helper: { userId: 'anna', name: 'Anna', mail: null, organization: 'Example Corp' },
  helperSays: { reason: null, ticket: null },
  until: 300_000,
};

let input: PassThrough;
let live: LiveTerminal;
let sharer: DeviceTerminal;
beforeEach(() => {
  input = new PassThrough();
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  sharer = new DeviceTerminal(new ManualClock(), plain);
  live = new LiveTerminal({
    ...{ input, output, isInteractive: true },
    onLine: (line) => sharer.typed(line),
    onInterrupt: () => sharer.interrupted(),
  });
  sharer.join(live, {} as Device);
});
afterEach(() => {
  sharer.close();
  live.close();
});

/** Lets what was typed be read. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

// SCR-17
it.each(['y', 'y\x1b[D', 'n\x1b[D'])(
  'a question is answered by what is typed after it was put: %j before counts for nothing',
  async (before) => {
    input.write(before);
    await turn();
    const decided = sharer.decide(QUESTION, new AbortController().signal);
    input.write('\r');
    expect(await decided).toEqual({ kind: 'decline', isReported: false });
    const next = sharer.decide(QUESTION, new AbortController().signal);
    input.write('y\r');
    expect(await next).toEqual({ kind: 'accept', grants: EVERYTHING });
  },
);
