import { expect, it } from 'vitest';
import { Message, reliableStart } from './message.ts';
import { binaryPayload } from './payload.ts';
import { json } from './subprotocols/json.ts';
import { raw } from './subprotocols/raw.ts';

const messageOfBytes = () => new Message({ from: 'group', group: 'g', payload: binaryPayload(Buffer.from('abc')) });
const BODY = '"type":"message","from":"group","group":"g","dataType":"binary","data":"YWJj"}';

it('a message is serialised once for each subprotocol, but for the sequence id (GW-47)', () => {
  const message = messageOfBytes();
  for (const subprotocol of [json, raw]) {
    expect(subprotocol.messageFrame(message)).toBe(subprotocol.messageFrame(message));
  }
  const body = message.body(7);
  expect(String(body)).toBe(BODY);
  expect(message.body(8)).toBe(body);
  expect(body.buffer).toBe(message.jsonFrame().buffer);
  const first = message.reliableStart(7);
  expect(message.reliableStart(7)).toBe(first);
  expect(String(first.subarray(2))).toBe('{"sequenceId":7,');
  expect(String(message.reliableStart(10_000).subarray(2))).toBe('{"sequenceId":10000,');
});

it('whoever asks for the body first gets the frame in one piece, and who counts alike with him (GW-47)', () => {
  const message = messageOfBytes();
  const body = message.body(7);
  const frame = message.reliableFrame(7);
  expect(frame).toEqual(Buffer.concat([reliableStart(7, body), body]));
  expect(message.reliableFrame(7)).toBe(frame);
  expect(message.reliableFrame(8)).toBeUndefined();
  expect(message.reliableStart(8)).toEqual(reliableStart(8, body));
  expect(String(message.jsonFrame().subarray(2))).toBe(`{${BODY}`);
});
