/** The device's own routes, below `/device/{tenantId}/`: enrolment, sign-in (OAuth's errors), and what its token opens. */
import type { IncomingMessage } from 'node:http';
import { isGuid, managedDevice, managedDevices } from '@open-remote-help/protocol';
import { valuesOf } from '../access/identity-model.ts';
import { sourceOf } from '../access/source.ts';
import { type Instant, toHttpDate } from '../clock.ts';
import type { Cause } from '../device/device-audit.ts';
import type { DeviceIdentity } from '../device/device-identity.ts';
import { DeviceRefusal } from '../device/device-refusal.ts';
import type { DeviceCaller } from '../device/device-token.ts';
import { DomainError } from '../errors.ts';
import type { Store } from '../store/store.ts';
import { type Exchange, headerOf } from './exchange.ts';
import type { GraphResponse } from './graph-request.ts';
import { bearerToken, tokenIn } from './graph-service.ts';
import { readForm, readJson } from './request-body.ts';
import type { Throttle } from './throttle.ts';

/** A request to one of the routes. */
export interface DeviceRequest {
  readonly cause: Cause;
  /** Scheme and host that it was addressed to. */
  readonly origin: string;
  /** Its body was not read yet. */
  readonly message: IncomingMessage;
}

export interface DeviceRoute {
  readonly method: 'GET' | 'POST';
  /** Asks for no access token: each refusal is one of a stranger. */
  readonly isOpen?: boolean;
  answer(request: DeviceRequest): Promise<GraphResponse>;
}

/** By the path below the tenant: `enroll`. */
export type DeviceRoutes = Readonly<Record<string, DeviceRoute>>;

export interface DeviceEdge {
  readonly routes: DeviceRoutes;
  readonly strangers: Throttle;
  /** Whether an access token was good when it was last looked at. */
  readonly isKnown: (token: string, now: Instant) => boolean;
}

const LARGEST_BODY = 16 * 1024;
const PATH = /^\/device\/([^/?]{36})\/([^?]*)/;
const NO_STORE = { 'content-type': 'application/json;charset=utf-8', 'cache-control': 'no-store' };

/** Enrolment and its end, sign-in, and the device's view of itself. */
export function identityRoutes(devices: DeviceIdentity, store: Store): DeviceRoutes {
  return {
    enroll: {
      method: 'POST',
      isOpen: true,
      answer: async ({ cause, origin, message }) => {
        const body = await devices.enroll(cause, origin, await readJson(message, LARGEST_BODY));
        return { status: 201, headers: NO_STORE, body };
      },
    },
    token: {
      method: 'POST',
      isOpen: true,
      answer: async ({ cause, message }) => {
        const form = await readForm(message, LARGEST_BODY);
        return devices.signIn(cause, form).then(
          (body) => ({ status: 200, headers: NO_STORE, body }),
          (error: unknown) => oauthRefusal(error, cause),
        );
      },
    },
    leave: {
      method: 'POST',
      answer: async (request) => {
        const caller = await callerOf(devices, request);
        if (caller.isPage) throw new DomainError('notFound', 'A page is enrolled nowhere: it goes with its session.');
        await devices.leave(request.cause, caller);
        return { status: 204, headers: {} };
      },
    },
    self: withDevice(devices, async ({ tenantId, deviceId }) => {
      const row = await store.get({ set: managedDevices, tenantId, id: deviceId });
      if (!row) throw new DomainError('notFound', 'The device was deleted.');
      const { deviceName, userPrincipalName, enrolledDateTime } = valuesOf(managedDevice, row);
      return { status: 200, headers: NO_STORE, body: { deviceId, deviceName, userPrincipalName, enrolledDateTime } };
    }),
  };
}

/** A route that a device reads with its access token. */
function withDevice(devices: DeviceIdentity, answer: (caller: DeviceCaller) => Promise<GraphResponse>): DeviceRoute {
  return { method: 'GET', answer: async (request) => answer(await callerOf(devices, request)) };
}

/**
 * The device that a request's bearer token stands for.
 * @throws DomainError `unauthenticated`
 */
export function callerOf(devices: DeviceIdentity, { cause, message }: DeviceRequest): Promise<DeviceCaller> {
  return devices.verify(cause, bearerToken(headerOf(message, 'authorization')));
}

/**
 * As `callerOf`, but while the store is away whoever was a good device lately is believed: good for a stop, no more.
 * @throws DomainError `unauthenticated`, `unavailable`
 */
export async function callerToStop(devices: DeviceIdentity, request: DeviceRequest): Promise<DeviceCaller> {
  try {
    return await callerOf(devices, request);
  } catch (error) {
    const token = bearerToken(headerOf(request.message, 'authorization'));
    const known = devices.remembered(token, request.cause.now);
    const isAway = error instanceof DomainError && error.code === 'unavailable';
    if (isAway && known?.tenantId === request.cause.tenantId) return known;
    throw error;
  }
}

/**
 * Answers a request below `/device/`; whoever is refused too often is refused unheard. A device with a token that is
 * known is heard even then: what its neighbours do behind the same address keeps nobody from stopping a session.
 * @throws DomainError
 */
export async function answerDevice(
  { routes, strangers, isKnown }: DeviceEdge,
  message: IncomingMessage,
  { ids, now, facts }: Exchange,
  { origin, address }: { readonly origin: string; readonly address: string },
): Promise<GraphResponse> {
  const source = sourceOf(address);
  const isStranger = () => !isKnown(tokenIn(headerOf(message, 'authorization')) ?? '', now);
  if (strangers.isExhausted(source, now) && isStranger()) throw strangers.refusal(now);
  facts.route = '/device/unknown';
  const [, tenantId = '', name = ''] = PATH.exec(message.url ?? '') ?? [];
  const route = isGuid(tenantId) && Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (!route) throw new DomainError('notFound', 'Nothing is served here.');
  facts.route = `/device/{tenant}/${name}`;
  if (message.method !== route.method) {
    throw new DomainError('methodNotAllowed', 'The route does not allow this method.', { allowed: [route.method] });
  }
  const cause = { tenantId: tenantId.toLowerCase(), now, correlationId: ids.requestId, source: address };
  try {
    const answer = await route.answer({ cause, origin, message });
    if (route.isOpen && answer.status >= 400) strangers.count(source, now);
    return answer;
  } catch (error) {
    if (error instanceof DomainError && isStrangers(error, route)) strangers.count(source, now);
    throw error;
  }
}

/** What a device with a good token is refused is its own affair. */
function isStrangers({ code }: DomainError, { isOpen = false }: DeviceRoute): boolean {
  return code === 'unauthenticated' || (isOpen && code !== 'unavailable');
}

/** RFC 6749, 5.2. What is no refusal of the device stays an error of ours. */
function oauthRefusal(error: unknown, { now }: Cause): GraphResponse {
  if (!(error instanceof DeviceRefusal)) throw error;
  const { reason, message } = error;
  const isHint = reason === 'clock' || reason === 'parked';
  const [status, code] = OAUTH_ERRORS[reason] ?? [401, 'invalid_client'];
  return {
    status,
    headers: { ...NO_STORE, date: toHttpDate(now) },
    body: { error: code, error_description: message, ...(isHint ? { reason } : {}) },
  };
}

const OAUTH_ERRORS: Readonly<Record<string, readonly [status: number, code: string]>> = {
  malformed: [400, 'invalid_request'],
  parked: [400, 'unauthorized_client'],
};
