/** What a device does about sessions, below `/device/{tenantId}/`: hears, joins, answers, narrows, stops. */
import { eachGrant, encodeControlEvent, GRANTS } from '@open-remote-help/protocol/events';
import { type IceSettings, iceServersFor } from '../access/ice-servers.ts';
import type { DeviceIdentity } from '../device/device-identity.ts';
import type { DeviceCaller } from '../device/device-token.ts';
import { DomainError } from '../errors.ts';
import type { Grants } from '../session/session.ts';
import type { DeviceRequester, SessionEngine } from '../session/session-engine.ts';
import { callerOf, callerToStop, type DeviceRequest, type DeviceRoute, type DeviceRoutes } from './device-routes.ts';
import type { GraphResponse } from './graph-request.ts';
import { readJson } from './request-body.ts';

export interface DeviceSessionCollaborators {
  readonly devices: DeviceIdentity;
  readonly sessions: SessionEngine;
  /** The URI with which a device opens the connection on which it hears of sessions. */
  readonly ice: IceSettings;
  readonly standingUri: (device: DeviceCaller, origin: string) => Promise<string>;
}

/** A call of a device, with the session that its body names. */
interface Call {
  readonly device: DeviceRequester;
  readonly sessionId: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a device may ask of a session that it names. */
type Answered = Parameters<SessionEngine['sessionOn']>[2];

const LARGEST_BODY = 16 * 1024;
const JSON_HEADERS = { 'content-type': 'application/json;charset=utf-8', 'cache-control': 'no-store' };
const DONE: GraphResponse = { status: 204, headers: {} };

/** Routes of the device by name; bodies are JSON and name the session by `sessionKey`. */
export function deviceSessionRoutes(collaborators: DeviceSessionCollaborators): DeviceRoutes {
  const { devices, sessions, standingUri, ice } = collaborators;

  const post = (kind: Answered, act: (call: Call) => Promise<object | undefined>): DeviceRoute => ({
    method: 'POST',
    answer: async (request) => {
      const caller = kind === 'end' ? callerToStop(devices, request) : callerOf(devices, request);
      const device = requesterOf(await caller, request);
      const body = objectIn(await readJson(request.message, LARGEST_BODY));
      if (typeof body.sessionKey !== 'string') throw refused('sessionKey', 'must be a string');
      const sessionId = await sessions.sessionOn(device, body.sessionKey, kind);
      return answerOf(await act({ device, sessionId, body }));
    },
  });

  return {
    // `connect` gives the address; what is asked now comes first on the connection, and here for those who poll.
    connect: {
      method: 'POST',
      answer: async (request) => {
        const caller = await callerOf(devices, request);
        if (caller.isPage) throw new DomainError('notFound', 'A page hears all on the connection of its session.');
        return answerOf({ pubSubAccessUri: await standingUri(caller, request.origin) });
      },
    },
    requests: {
      method: 'GET',
      answer: async (request) => {
        const device = requesterOf(await callerOf(devices, request), request);
        return answerOf({ value: (await sessions.messagesFor(device)).map(encodeControlEvent) });
      },
    },
    ice: post('join', async ({ device, sessionId }) =>
      iceServersFor(ice, await sessions.pictureLeaseOfDevice(device, sessionId)),
    ),
    join: post('join', ({ device, sessionId }) => sessions.join(device, sessionId)),
    accept: post('accept', async ({ device, sessionId, body }) => {
      await sessions.accept(device, sessionId, grantsIn(body), textIn(body, 'promptId'));
      return undefined;
    }),
    decline: post('decline', async ({ device, sessionId, body }) => {
      const promptId = textIn(body, 'promptId');
      const answer = { ...(promptId === undefined ? {} : { promptId }), isReported: flagIn(body, 'isReported') };
      await sessions.decline(device, sessionId, answer);
      return undefined;
    }),
    narrow: post('narrow', async ({ device, sessionId, body }) => {
      await sessions.narrow(device, sessionId, grantsIn(body));
      return undefined;
    }),
    relay: post('joinRelay', async ({ device, sessionId, body }) => {
      const relayId = textIn(body, 'relayId');
      if (relayId === undefined) throw refused('relayId', 'must be a string of at most 128 characters');
      return sessions.joinRelay(device, sessionId, relayId);
    }),
    stop: post('end', async ({ device, sessionId }) => {
      await sessions.stop(device, sessionId);
      return undefined;
    }),
  };
}

function requesterOf({ tenantId, deviceId }: DeviceCaller, { cause, origin }: DeviceRequest): DeviceRequester {
  return { tenantId, deviceId, ipAddress: cause.source ?? null, correlationId: cause.correlationId, origin };
}

function answerOf(body: object | undefined): GraphResponse {
  return body ? { status: 200, headers: JSON_HEADERS, body } : DONE;
}

function objectIn(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new DomainError('badRequest', 'The body must be a JSON object.');
}

/** Every grant by name: what is left out is not granted. */
function grantsIn({ grants }: Readonly<Record<string, unknown>>): Grants {
  if (typeof grants !== 'object' || grants === null || Array.isArray(grants)) {
    throw refused('grants', 'must be a JSON object');
  }
  const unknown = Object.keys(grants).find((name) => !GRANTS.some((known) => known === name));
  if (unknown !== undefined) throw refused(`grants/${unknown.slice(0, 80)}`, 'is no grant');
  return eachGrant((name) => flagIn(grants as Record<string, unknown>, name, `grants/${name}`));
}

function flagIn(body: Readonly<Record<string, unknown>>, name: string, target = name): boolean {
  const value = body[name] ?? false;
  if (typeof value !== 'boolean') throw refused(target, 'must be true or false');
  return value;
}

function textIn(body: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length > 128)
    throw refused(name, 'must be a string of at most 128 characters');
  return value;
}

function refused(target: string, problem: string): DomainError {
  return new DomainError('badRequest', `${target} ${problem}.`, { target });
}
