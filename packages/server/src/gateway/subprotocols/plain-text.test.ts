import { type WebPubSubMessage as AzureMessage, WebPubSubJsonReliableProtocol } from '@azure/web-pubsub-client';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Message } from '../message.ts';
import { decodeOperation, encodeOperation } from '../operations.ts';
import { type Payload, textPayload, type WrittenText } from '../payload.ts';
import { decodeJsonRequest } from './json-requests.ts';
import { plainText } from './plain-text.ts';
import type { Request } from './request.ts';

type Send = Request & { readonly kind: 'sendToGroup' };

const azure = WebPubSubJsonReliableProtocol();
const PLAIN = '{"type":"sendToGroup","group":"g","ackId":7,"noEcho":true,"dataType":"text","data":"some text"}';
const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 100 }), fc.string({ unit: 'binary', maxLength: 100 }));

/** As the bytes lie in what was received: anywhere in a longer piece. */
function bytesOf(content: string | Uint8Array, offset = 0): Buffer {
  return Buffer.concat([Buffer.alloc(offset, '\n'), Buffer.from(content), Buffer.from('"')]).subarray(offset, -1);
}

/** With its payload as any other is. */
function readOff(frame: Buffer): Request | undefined {
  const request = plainText(frame) as Send | undefined;
  if (!request) return undefined;
  const payload = request.payload as WrittenText;
  expect(String(payload.json)).toBe(JSON.stringify(payload.text));
  return { ...request, payload: textPayload(payload.text) };
}

describe('a text for a group, read off its bytes (GW-14, GW-16)', () => {
  it('is what parsing gives, wherever it is read off at all', () => {
    const ackId = fc.option(fc.nat(), { nil: undefined });
    const noEcho = fc.option(fc.boolean(), { nil: undefined });
    fc.assert(
      fc.property(text, ackId, noEcho, text, fc.nat(3), (group, id, isQuiet, data, offset) => {
        const send = { kind: 'sendToGroup', group, ackId: id, noEcho: isQuiet, dataType: 'text', data };
        const written = azure.writeMessage(send as AzureMessage) as string;
        const request = readOff(bytesOf(written, offset));
        const isPlain = !written.includes('\\') && group.trim() !== '';
        if (isPlain) expect(request).toEqual(decodeJsonRequest(written));
        else expect(request).toBeUndefined();
      }),
      { seed: 41, numRuns: 1_000 },
    );
  });

  it('is not read off bytes that parsing would refuse or read otherwise', () => {
    const edit = fc.record({ at: fc.nat(PLAIN.length), removed: fc.nat(3), added: fc.uint8Array({ maxLength: 3 }) });
    const plain = Buffer.from(PLAIN);
    fc.assert(
      fc.property(edit, fc.nat(3), ({ at, removed, added }, offset) => {
        const frame = bytesOf(Buffer.concat([plain.subarray(0, at), added, plain.subarray(at + removed)]), offset);
        const request = readOff(frame);
        if (!request) return;
        expect(decodeJsonRequest(new TextDecoder('utf-8', { fatal: true }).decode(frame))).toEqual(request);
      }),
      { seed: 43, numRuns: 20_000 },
    );
  });

  const everyByte = Array.from({ length: 256 }, (_, byte) => byte);
  it.each([0, 1, 2, 3])('holds no byte that JSON wants escaped, %i bytes from an even place', (offset) => {
    for (const byte of everyByte) {
      const frame = bytesOf(PLAIN, offset);
      frame[frame.indexOf('some text') + offset] = byte;
      expect(plainText(frame) !== undefined).toBe(byte >= 0x20 && byte < 0x80 && byte !== 0x22 && byte !== 0x5c);
    }
  });

  it.each([
    PLAIN.replace('"ackId":7', '"ackId":07'),
    PLAIN.replace('"ackId":7', '"ackId":-7'),
    PLAIN.replace('"ackId":7', '"ackId":7.5'),
    PLAIN.replace('"ackId":7', '"ackId":'),
    PLAIN.replace('"ackId":7', '"ackId":9007199254740993'),
    PLAIN.replace('"g"', `"${'g'.repeat(1_025)}"`),
    PLAIN.replace('"g"', '" "'),
    PLAIN.replace('"text"', '"json"'),
    PLAIN.replace('}', ',"data":"another"}'),
    PLAIN.replace('}', '}}'),
    '{}',
    '',
  ])('is not %s', (frame) => {
    expect(plainText(Buffer.from(frame))).toBeUndefined();
  });

  it('is passed on as any text is, to every client and every node', () => {
    const framesOf = (payload: Payload) => {
      const facts = { from: 'group', group: 'ü', fromUserId: 'u', payload } as const;
      const [json, reliable] = [new Message(facts), new Message(facts)];
      return [json.jsonFrame(), json.rawFrame(), reliable.body(5), reliable.reliableFrame(5)];
    };
    fc.assert(
      fc.property(text, (data) => {
        const json = JSON.stringify(data);
        fc.pre(!json.includes('\\'));
        const { payload } = plainText(Buffer.from(PLAIN.replace('"some text"', () => json))) as Send;
        expect(framesOf(payload)).toEqual(framesOf(textPayload(data)));
        const send = { do: 'send', to: { kind: 'all' }, facts: { from: 'server', payload }, excluded: [] } as const;
        const arrived = { ...send, facts: { from: 'server', payload: textPayload(data) } };
        expect(decodeOperation(encodeOperation(send))).toEqual(arrived);
      }),
      { seed: 47 },
    );
  });
});
