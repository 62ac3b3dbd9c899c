/** Reads the requests of the two JSON subprotocols. */
import { DomainError } from '../../errors.ts';
import { eventOf, flagOf, groupOf, type Members, numberOf, objectOf, payloadOf, refusal, textOf } from './members.ts';
import type { ReplyAddress, Request } from './request.ts';

/**
 * One request in one text frame.
 * @throws DomainError badRequest for what is no JSON object, and for wrong members of a request that cannot be answered
 */
export function decodeJsonRequest(text: string): Request {
  const members = objectIn(text);
  // Read first: with it the client can be told what is wrong with the rest.
  const ackId = numberOf(members, 'ackId');
  try {
    return requestOf(members, ackId);
  } catch (error) {
    // Nesting deeper than the stack can be parsed, but not written again.
    const asRefusal = error instanceof RangeError ? refusal('data', 'It is nested too deeply.') : error;
    const to = replyAddress(members, ackId);
    if (Object.keys(to).length === 0 || !(asRefusal instanceof DomainError)) throw asRefusal;
    return { kind: 'refused', to, error: asRefusal };
  }
}

/** Streams and invocations are answered by their own id: Azure's client waits for that without a limit. */
function replyAddress(members: Members, ackId: number | undefined): ReplyAddress {
  if (ackId !== undefined) return { ackId };
  const { stream, streamId = (stream as Members | null | undefined)?.streamId, invocationId } = members;
  if (typeof streamId === 'string') return { streamId };
  return typeof invocationId === 'string' ? { invocationId } : {};
}

function objectIn(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DomainError('badRequest', 'The frame holds no JSON.', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DomainError('badRequest', 'The frame holds no JSON object.');
  }
  return value as Members;
}

function requestOf(members: Members, ackId: number | undefined): Request {
  const type = textOf(members, 'type');
  switch (type.toLowerCase()) {
    case 'joingroup':
      return { kind: 'joinGroup', group: groupOf(members), ackId };
    case 'leavegroup':
      return { kind: 'leaveGroup', group: groupOf(members), ackId };
    case 'sendtogroup':
      return sendToGroup(members, ackId);
    case 'event':
      return { kind: 'event', event: eventOf(members), payload: payloadOf(members), ackId };
    case 'ping':
      return { kind: 'ping' };
    case 'sequenceack':
      return { kind: 'sequenceAck', sequenceId: required(numberOf(members, 'sequenceId'), 'sequenceId') };
    case 'streamdata':
      return streamData(members);
    case 'streamend':
      return streamEnd(members);
    case 'invoke':
      return invoke(members);
    case 'cancelinvocation':
      return { kind: 'cancelInvocation', invocationId: textOf(members, 'invocationId') };
    default:
      // Later versions of a client may say more than is known here: that is no reason to cut them off.
      return {
        kind: 'refused',
        to: replyAddress(members, ackId),
        error: refusal('type', 'This type of request is not known here.'),
      };
  }
}

function sendToGroup(members: Members, ackId: number | undefined): Request {
  const group = groupOf(members);
  const noEcho = flagOf(members, 'noEcho');
  const stream = objectOf(members, 'stream');
  if (!stream) return { kind: 'sendToGroup', group, noEcho, payload: payloadOf(members), ackId };
  const idleTimeoutMs = numberOf(stream, 'idleTimeoutMs', 1);
  return { kind: 'streamStart', streamId: streamIdOf(stream), group, noEcho, idleTimeoutMs };
}

function streamData(members: Members): Request {
  const streamId = streamIdOf(members);
  const sequenceId = numberOf(members, 'streamSequenceId', 1);
  const fragment = sequenceId === undefined ? undefined : { sequenceId, payload: payloadOf(members) };
  return { kind: 'streamData', streamId, fragment };
}

function streamEnd(members: Members): Request {
  const streamId = streamIdOf(members);
  const error = objectOf(members, 'error');
  if (!error) return { kind: 'streamEnd', streamId, error: undefined };
  const userErrorCode = error.userErrorCode === undefined ? undefined : textOf(error, 'userErrorCode');
  return { kind: 'streamEnd', streamId, error: { message: textOf(error, 'message'), userErrorCode } };
}

function invoke(members: Members): Request {
  const invocationId = textOf(members, 'invocationId');
  if (members.target !== 'event') throw refusal('target', 'Only events can be invoked.');
  const payload = Object.hasOwn(members, 'data') ? payloadOf(members) : undefined;
  return { kind: 'invoke', invocationId, event: eventOf(members), payload };
}

const LONGEST_STREAM_ID = 128;

function streamIdOf(members: Members): string {
  const streamId = textOf(members, 'streamId');
  if (streamId.length >= 1 && streamId.length <= LONGEST_STREAM_ID) return streamId;
  throw refusal('streamId', `A stream id has 1 to ${LONGEST_STREAM_ID} characters.`);
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw refusal(name, 'It is missing.');
  return value;
}
