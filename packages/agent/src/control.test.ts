import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ManualClock } from '@open-remote-help/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AgentState } from './agent-state.ts';
import { type AgentStatus, askAgent, type ControlRequest, listenForControl } from './control.ts';
import { EVERYTHING, NOTHING, VIEW_ALONE } from './sharer.ts';

const STATUS: AgentStatus = { isOnline: true, runsSince: 1, asked: null, session: null };

let clock: ManualClock;
let folder: string;
let path: string;
let heard: ControlRequest[];
let listening: { close(): Promise<void> };
beforeEach(async () => {
  clock = new ManualClock();
  heard = [];
  folder = await mkdtemp(join(tmpdir(), 'control-'));
  path = join(folder, 'device.sock');
  // What a killed agent left behind.
  await writeFile(path, '');
  listening = await listenForControl(path, clock, async (request) => {
    heard.push(request);
    return STATUS;
  });
});
afterEach(async () => {
  await listening.close();
  expect(clock.pending).toBe(0);
  await rm(folder, { recursive: true });
});

/** Sends text as it is; what comes back until the end. */
function raw(text: string): Promise<string> {
  return new Promise((resolve) => {
    let read = '';
    const socket = connect(path, () => socket.write(text));
    socket.setEncoding('utf8').on('data', (chunk) => {
      read += chunk;
    });
    // A reset is an end as well.
    socket.once('error', () => resolve(read)).once('close', () => resolve(read));
  });
}

// DEV-35
describe('the way for commands to an agent', () => {
  it('is a socket that its owner alone may use', async () => {
    const found = await stat(path);
    expect([found.isSocket(), found.mode & 0o777]).toEqual([true, 0o600]);
  });

  it('carries each command, and what the agent is doing', async () => {
    const requests: ControlRequest[] = [
      { command: 'status' },
      { command: 'stop' },
      { command: 'reload' },
      { command: 'narrow', keep: VIEW_ALONE },
    ];
    for (const request of requests) expect(await askAgent(path, request)).toEqual(STATUS);
    expect(heard).toEqual(requests);
  });

  it('finds no agent where none runs', async () => {
    await listening.close();
    expect(await askAgent(path, { command: 'status' })).toBeUndefined();
    expect(await askAgent(join(folder, 'other.sock'), { command: 'status' })).toBeUndefined();
  });

  it.each([
    ['', 'no JSON'],
    ['[', 'no JSON'],
    ['7', 'no JSON object'],
    ['{"command":"stop"}', 'version must be 1'],
    ['{"version":1}', 'command is none'],
    ['{"version":1,"command":"accept"}', 'command is none'],
    ['{"version":1,"command":"narrow"}', 'keep.view must be'],
    ['{"version":1,"command":"narrow","keep":{"view":true,"control":1}}', 'keep.control must be'],
  ])('refuses %j by name, and does nothing', async (line, problem) => {
    expect(JSON.parse(await raw(`${line}\n`)).error).toContain(problem);
    expect(heard).toEqual([]);
  });

  it('cuts off who sends too much, and who says nothing', async () => {
    expect(await raw('x'.repeat(100_000))).toBe('');
    const silent = raw('');
    await expect.poll(() => clock.pending).toBe(1);
    clock.advanceBy(5_000);
    expect(await silent).toBe('');
    expect(await askAgent(path, { command: 'status' })).toEqual(STATUS);
  });

  it('is not to be had where its path is too long', async () => {
    const long = join(folder, `${'x'.repeat(120)}.sock`);
    await expect(listenForControl(long, clock, async () => STATUS)).rejects.toThrow('too long for a socket');
  });
});

// DEV-35
describe('what an agent says of itself', () => {
  const HELPER = { userId: 'anna', name: 'Anna', mail: null, organization: 'Example Corp' };

  it('follows who asks, who looks, since when and with what', async () => {
    const { promise, resolve } = Promise.withResolvers<{ kind: 'decline'; isReported: false }>();
    const state = new AgentState({ decide: () => promise, notice: () => undefined }, clock);
    expect(state.status()).toEqual({ isOnline: false, runsSince: clock.now(), asked: null, session: null });
    state.notice({ kind: 'online' });
    const question = { kind: 'session', sessionKey: 'k', helper: HELPER, wants: EVERYTHING, until: 0 } as const;
    const says = { helperSays: { reason: null, ticket: null }, isUnattended: false };
    const decided = state.decide({ ...question, ...says }, new AbortController().signal);
    expect(state.status()).toMatchObject({ isOnline: true, asked: 'Anna' });
    resolve({ kind: 'decline', isReported: false });
    await decided;
    expect(state.status().asked).toBeNull();
    const since = clock.now() + 60_000;
    clock.advanceTo(since);
    state.notice({ kind: 'began', helper: HELPER, grants: EVERYTHING, expiresAt: since + 3_600_000 });
    state.notice({ kind: 'presence', userId: 'ben', name: 'Ben', isPresent: true });
    state.notice({ kind: 'looking', userId: 'anna', name: 'Anna', isLooking: true });
    state.notice({ kind: 'presence', userId: 'ben', name: 'Ben', isPresent: true });
    state.notice({ kind: 'granted', grants: NOTHING });
    const session = {
      since,
      expiresAt: since + 3_600_000,
      helpers: ['Anna', 'Ben'],
      looking: ['Anna'],
      grants: NOTHING,
      isInterrupted: false,
    };
    expect(state.status().session).toEqual(session);
    state.notice({ kind: 'ended', reason: 'expired' });
    expect(state.status().session).toBeNull();
  });
});
