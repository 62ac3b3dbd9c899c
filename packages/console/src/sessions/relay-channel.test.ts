import { describe, expect, it } from 'vitest';
import { RelayChannel } from './relay-channel.ts';

/** What noVNC demands of a channel that it is given: `rawChannelProps` of its `websock.js`. */
const RAW_CHANNEL_MEMBERS = ['send', 'close', 'binaryType', 'onerror', 'onmessage', 'onopen', 'protocol', 'readyState'];

function rig() {
  const written: number[][] = [];
  const drawn: number[] = [];
  let refuses = false;
  const closes: string[] = [];
  const channel = new RelayChannel({
    write: async (data) => {
      if (refuses) throw new Error('The relay is closed.');
      written.push([...data]);
    },
    drawn: (bytes) => void drawn.push(bytes),
    ping: async () => 7,
    close: () => void closes.push('closed'),
  });
  return { channel, written, drawn, refuse: () => (refuses = true), closes };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('a relay as noVNC takes it', () => {
  it('has every member that noVNC looks for, where it looks', () => {
    const { channel } = rig();
    const names = [...Object.keys(channel), ...Object.getOwnPropertyNames(Object.getPrototypeOf(channel))];
    expect(names).toEqual(expect.arrayContaining(RAW_CHANNEL_MEMBERS));
    expect(channel.readyState).toBe('open');
  });

  it('keeps what comes before anybody listens, and hands it on in order, not at once', async () => {
    const { channel, drawn } = rig();
    const heard: number[] = [];
    channel.push(Uint8Array.of(1, 2));
    channel.onmessage = ({ data }) => heard.push(...new Uint8Array(data));
    channel.push(Uint8Array.of(3));
    expect([heard, drawn]).toEqual([[], []]);
    await turn();
    channel.push(Uint8Array.of(0, 4, 0).subarray(1, 2));
    expect(heard).toEqual([1, 2, 3, 4]);
    await turn();
    expect([drawn, channel.received]).toEqual([[2, 1, 1], 4]);
  });

  it('gives credit back for what is drawn, not for what came', async () => {
    const { channel, drawn } = rig();
    const frame = Promise.withResolvers<void>();
    channel.drawsBy(() => frame.promise);
    channel.onmessage = () => undefined;
    channel.push(Uint8Array.of(1));
    await turn();
    expect(drawn).toEqual([]);
    frame.resolve();
    await turn();
    expect(drawn).toEqual([1]);
  });

  it('closes the relay when noVNC stops in the middle of a message, and hides no fault', async () => {
    const { channel, closes } = rig();
    channel.onmessage = () => {
      throw new Error('noVNC has a fault.');
    };
    await turn();
    expect(() => channel.push(Uint8Array.of(1))).toThrow('noVNC has a fault.');
    expect([closes, channel.readyState]).toEqual([['closed'], 'closed']);
  });

  it('is closed for noVNC when its relay is, once', async () => {
    const { channel, written, refuse } = rig();
    const closed: number[] = [];
    channel.onclose = ({ code }) => void closed.push(code);
    channel.send(Uint8Array.of(9));
    refuse();
    channel.send(Uint8Array.of(10));
    await turn();
    channel.closed();
    channel.send(Uint8Array.of(11));
    expect([written, closed, channel.readyState]).toEqual([[[9]], [1000], 'closed']);
  });

  it('closes the relay when noVNC has let go, and owes it no credit', () => {
    const { channel, drawn, closes } = rig();
    channel.onmessage = () => {
      throw new Error('Nobody listens.');
    };
    channel.close();
    channel.push(Uint8Array.of(1, 2));
    expect([drawn, closes]).toEqual([[2], ['closed']]);
  });
});
