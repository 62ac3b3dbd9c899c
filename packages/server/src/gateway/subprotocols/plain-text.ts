/**
 * Reads the request that comes most, a text for a group, off its bytes: members in the order in which Azure's client
 * writes them, names and texts without escapes. Its data then is passed on as it came. `decodeJsonRequest` reads the same
 * out of these bytes, and reads everything else.
 */
import { isUtf8 } from 'node:buffer';
import { isGroupName } from '../names.ts';
import { WrittenText } from '../payload.ts';
import type { Request } from './request.ts';

const BEFORE_GROUP = Buffer.from('{"type":"sendToGroup","group":"');
const BEFORE_ACK_ID = Buffer.from(',"ackId":');
const ECHO = Buffer.from(',"noEcho":false');
const NO_ECHO = Buffer.from(',"noEcho":true');
const BEFORE_DATA = Buffer.from(',"dataType":"text","data":"');
const AFTER_DATA = Buffer.from('"}');

const [QUOTE, BACKSLASH, ZERO] = [0x22, 0x5c, 0x30];
/** So many digits are a whole number that doubles carry. */
const MOST_DIGITS = 15;

/** @returns undefined for anything but such a request, be it right or wrong */
export function plainText(frame: Buffer): Request | undefined {
  const groupAt = BEFORE_GROUP.length;
  if (!stands(BEFORE_GROUP, frame, 0)) return undefined;
  const groupEnd = frame.indexOf(QUOTE, groupAt);
  if (groupEnd < 0) return undefined;
  let at = groupEnd + 1;
  let ackId: number | undefined;
  if (stands(BEFORE_ACK_ID, frame, at)) {
    at += BEFORE_ACK_ID.length;
    const end = digitsEnd(frame, at);
    ackId = wholeNumber(frame, at, end);
    if (ackId === undefined) return undefined;
    at = end;
  }
  const noEcho = stands(NO_ECHO, frame, at);
  if (noEcho) at += NO_ECHO.length;
  else if (stands(ECHO, frame, at)) at += ECHO.length;
  if (!stands(BEFORE_DATA, frame, at)) return undefined;
  const dataAt = at + BEFORE_DATA.length;
  const dataEnd = frame.length - AFTER_DATA.length;
  if (frame.indexOf(QUOTE, dataAt) !== dataEnd || !stands(AFTER_DATA, frame, dataEnd)) return undefined;
  if (frame.includes(BACKSLASH, groupAt) || hasControls(frame) || !isUtf8(frame)) return undefined;
  const group = frame.toString('utf8', groupAt, groupEnd);
  if (!isGroupName(group)) return undefined;
  const payload = new WrittenText(frame.subarray(dataAt - 1, dataEnd + 1));
  return { kind: 'sendToGroup', group, noEcho, payload, ackId };
}

function stands(expected: Buffer, bytes: Buffer, at: number): boolean {
  for (let index = 0; index < expected.length; index += 1) {
    if (bytes[at + index] !== expected[index]) return false;
  }
  return true;
}

function digitsEnd(bytes: Buffer, at: number): number {
  let end = at;
  while (((bytes[end] as number) - ZERO) >>> 0 < 10) end += 1;
  return end;
}

/** As JSON has it: without digits, or with a zero before others, it is none. */
function wholeNumber(bytes: Buffer, at: number, end: number): number | undefined {
  const digits = end - at;
  if (digits === 0 || digits > MOST_DIGITS || (digits > 1 && bytes[at] === ZERO)) return undefined;
  let number = 0;
  for (let index = at; index < end; index += 1) number = number * 10 + (bytes[index] as number) - ZERO;
  return number;
}

/** Whether there are control characters, which JSON wants escaped; four bytes at a time, all 16 in one branch. */
function hasControls(bytes: Buffer): boolean {
  const { buffer, byteOffset, length } = bytes;
  let at = 0;
  for (; at < length && ((byteOffset + at) & 3) !== 0; at += 1) if ((bytes[at] as number) < 0x20) return true;
  const words = new Int32Array(buffer, byteOffset + at, (length - at) >> 2);
  let found = 0;
  for (let index = 0; index < words.length; index += 1) found |= controlsIn(words[index] as number);
  if ((found & 0x80808080) !== 0) return true;
  for (at += 4 * words.length; at < length; at += 1) if ((bytes[at] as number) < 0x20) return true;
  return false;
}

/** The highest bit of a byte tells that it, or one below, is less than 0x20. */
function controlsIn(word: number): number {
  return (word - 0x20202020) & ~word;
}
