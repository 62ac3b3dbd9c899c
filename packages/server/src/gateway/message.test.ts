import { expect, it } from 'vitest';
import { Message } from './message.ts';
import { binaryPayload } from './payload.ts';
import { json, reliableJson } from './subprotocols/json.ts';
import { raw } from './subprotocols/raw.ts';

it('a message is serialised once for each subprotocol, but for the sequence id (GW-47)', () => {
  const message = new Message({ from: 'group', group: 'g', payload: binaryPayload(Buffer.from('abc')) });
  for (const subprotocol of [json, raw]) {
    expect(subprotocol.messageFrame(message, 1)).toBe(subprotocol.messageFrame(message, 2));
  }
  const first = reliableJson.messageFrame(message, 7);
  expect(reliableJson.messageFrame(message, 7)).toBe(first);
  expect(String(first.subarray(2))).toBe('{"sequenceId":7,');
  expect(String(reliableJson.messageFrame(message, 10_000).subarray(2))).toBe('{"sequenceId":10000,');
  expect(message.body()).toBe(message.body());
  expect(message.body().buffer).toBe(message.jsonFrame().buffer);
  expect(String(message.body())).toBe('"type":"message","from":"group","group":"g","dataType":"binary","data":"YWJj"}');
});
