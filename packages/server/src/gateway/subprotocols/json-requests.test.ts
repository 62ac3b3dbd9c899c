import { type WebPubSubMessage as AzureMessage, WebPubSubJsonReliableProtocol } from '@azure/web-pubsub-client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DomainError } from '../../errors.ts';
import { Message } from '../message.ts';
import { binaryPayload, jsonPayload, type Payload, textPayload } from '../payload.ts';
import { json } from './json.ts';
import { decodeJsonRequest } from './json-requests.ts';
import { raw } from './raw.ts';

const azure = WebPubSubJsonReliableProtocol();
const group = fc.string({ minLength: 1, maxLength: 40 }).filter((name) => name.trim() !== '');
const ackId = fc.nat();
const bytes = fc.uint8Array({ maxLength: 64 });

/** Data as Azure's client takes it, and the payload that it is for us. */
const data = fc.oneof(
  fc.string({ unit: 'grapheme' }).map((text) => ({ dataType: 'text', data: text, payload: textPayload(text) })),
  fc.jsonValue().map((value) => ({ dataType: 'json', data: value, payload: jsonPayload(value) })),
  bytes.map((content) => ({
    dataType: 'binary',
    data: new Uint8Array(content).buffer,
    payload: binaryPayload(content),
  })),
);

function written(message: object): string {
  return azure.writeMessage(message as AzureMessage) as string;
}

describe('requests in JSON (GW-14, GW-16)', () => {
  it('are read as the client of Azure wrote them', () => {
    fc.assert(
      fc.property(group, ackId, fc.boolean(), data, (name, id, noEcho, { dataType, data: content, payload }) => {
        const send = { kind: 'sendToGroup', group: name, ackId: id, noEcho, dataType, data: content };
        // Azure's client leaves out data that is null.
        fc.pre(content !== null);
        expect(decodeJsonRequest(written(send))).toEqual({
          kind: 'sendToGroup',
          group: name,
          ackId: id,
          noEcho,
          payload,
        });
        expect(decodeJsonRequest(written({ kind: 'joinGroup', group: name, ackId: id }))).toEqual({
          kind: 'joinGroup',
          group: name,
          ackId: id,
        });
      }),
      { seed: 7 },
    );
  });

  it('come back out of messages as they went in, for the client of Azure', () => {
    fc.assert(
      fc.property(group, fc.nat(), data, (name, sequenceId, { dataType, data: content, payload }) => {
        // Azure's client passes over JSON that is null.
        fc.pre(content !== null);
        const message = new Message({ from: 'group', group: name, fromUserId: name, payload });
        const body = message.body(sequenceId);
        const frame = Buffer.concat([message.reliableStart(sequenceId), body]);
        expect(message.reliableFrame(sequenceId)).toEqual(frame);
        const parsed = azure.parseMessages(payloadOfFrame(frame).toString());
        expect(parsed).toMatchObject({ kind: 'groupData', sequenceId, group: name, fromUserId: name, dataType });
        const { data: read } = parsed as { readonly data: unknown };
        if (dataType === 'binary')
          expect(new Uint8Array(read as ArrayBuffer)).toEqual(new Uint8Array(content as ArrayBuffer));
        else expect(read).toEqual(dataType === 'json' ? JSON.parse(payload.text) : content);
        expect(payloadOfFrame(message.jsonFrame()).toString()).toBe(`{${body}`);
      }),
      { seed: 11 },
    );
  });

  it('that are random text or bytes are refused, never anything else', () => {
    const decode = (bytes: Uint8Array) => {
      try {
        json.decode(Buffer.from(bytes), false);
      } catch (error) {
        expect(error).toBeInstanceOf(DomainError);
      }
      raw.decode(Buffer.from(bytes), true);
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), decode), { seed: 13 });
    fc.assert(
      fc.property(fc.json(), (text) => decode(Buffer.from(text))),
      { seed: 17 },
    );
    const member = fc.constantFrom(
      'type',
      'group',
      'ackId',
      'data',
      'dataType',
      'noEcho',
      'stream',
      'event',
      'streamId',
    );
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('sendToGroup', 'event', 'invoke', 'streamData', 'streamEnd', 'g', 1),
    );
    const object = fc.dictionary(member, value);
    fc.assert(
      fc.property(object, (members) => decode(Buffer.from(JSON.stringify(members)))),
      { seed: 19 },
    );
  });
});

/** The payload of a server's frame. */
function payloadOfFrame(frame: Buffer): Buffer {
  const length = frame[1] ?? 0;
  if (length < 126) return frame.subarray(2);
  return frame.subarray(length === 126 ? 4 : 10);
}

describe('payloads for raw clients (GW-22)', () => {
  it.each<[Payload, number, string]>([
    [textPayload('ü'), 0x81, 'ü'],
    [jsonPayload({ a: [1] }), 0x81, '{"a":[1]}'],
    [binaryPayload(Buffer.from('raw')), 0x82, 'raw'],
  ])('are %o', (payload, head, text) => {
    const frame = new Message({ from: 'server', payload }).rawFrame();
    expect(frame[0]).toBe(head);
    expect(payloadOfFrame(frame).toString()).toBe(text);
  });
});
