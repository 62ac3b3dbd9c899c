/** Reads members of a parsed JSON frame. Each function throws DomainError badRequest with the member's name. */
import { DomainError } from '../../errors.ts';
import { isEventName, requireGroupName } from '../names.ts';
import type { DataType, Payload } from '../payload.ts';

export type Members = Readonly<Record<string, unknown>>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function refusal(target: string, message: string): DomainError {
  return new DomainError('badRequest', message, { target });
}

export function textOf(members: Members, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw refusal(name, 'A text is needed.');
  return value;
}

/** A whole number from the minimum on that JSON carries exactly; undefined when absent. */
export function numberOf(members: Members, name: string, minimum = 0): number | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < minimum) {
    throw refusal(name, `A whole number from ${minimum} to 2^53 - 1 is needed.`);
  }
  return value as number;
}

export function groupOf(members: Members): string {
  const group = textOf(members, 'group');
  requireGroupName(group, 'group');
  return group;
}

export function eventOf(members: Members): string {
  const event = textOf(members, 'event');
  if (!isEventName(event)) throw refusal('event', 'An event name has 1 to 128 letters, digits, dots, _ or -.');
  return event;
}

export function flagOf(members: Members, name: string): boolean {
  const value = members[name] ?? false;
  if (typeof value !== 'boolean') throw refusal(name, 'True or false is needed.');
  return value;
}

/** A member that is an object; undefined when absent. */
export function objectOf(members: Members, name: string): Members | undefined {
  const value = members[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw refusal(name, 'An object is needed.');
  return value as Members;
}

/** `dataType` and `data`. */
export function payloadOf(members: Members): Payload {
  const dataType = members.dataType ?? 'json';
  if (!Object.hasOwn(members, 'data')) throw refusal('data', 'Data is needed.');
  return { dataType: dataType as DataType, text: dataText(dataType, members) };
}

function dataText(dataType: unknown, members: Members): string {
  switch (dataType) {
    case 'json':
      return JSON.stringify(members.data);
    case 'text':
      return textOf(members, 'data');
    case 'binary':
    case 'protobuf': {
      const text = textOf(members, 'data');
      if (!BASE64.test(text)) throw refusal('data', 'Base64 is needed.');
      return text;
    }
    default:
      throw refusal('dataType', 'One of json, text, binary and protobuf is needed.');
  }
}
