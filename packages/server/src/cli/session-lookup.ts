/** Which session, which device: people name them as they like. */
import { foreign } from '@open-remote-help/agent/terminal';
import { isGuid } from '@open-remote-help/protocol';
import { OperatorError } from '../errors.ts';
import { type Entity, type ServiceClient, ServiceError } from './service-client.ts';
import { columns } from './with-data.ts';

const DEVICES = 'deviceManagement/managedDevices';
export const SESSIONS = 'remoteHelp/sessions';
const MOST_SHOWN = 20;

/**
 * A managed device by its id, or by its name in whatever case.
 * @throws OperatorError when there is none, or several, which it lists
 */
export async function findDevice(client: ServiceClient, idOrName: string): Promise<Entity> {
  if (isGuid(idOrName)) {
    const device = await unlessNotFound(client.get(`${DEVICES}/${idOrName}`));
    if (device) return device;
  }
  const filter = encodeURIComponent(`tolower(deviceName) eq '${quoted(idOrName.toLowerCase())}'`);
  const { value } = await client.get(`${DEVICES}?$filter=${filter}&$top=${MOST_SHOWN}`);
  const [device, ...others] = value as Entity[];
  if (!device) {
    throw new OperatorError(
      `There is no device ${JSON.stringify(idOrName)}. Make an enrolment token with \`remote-help device token\`, and enrol the device with it.`,
    );
  }
  if (others.length === 0) return device;
  const rows = [device, ...others].map((each) => [
    foreign(each.id),
    foreign(each.deviceName),
    foreign(each.userPrincipalName, '-'),
    foreign(each.operatingSystem, '-'),
  ]);
  const list = columns(['ID', 'NAME', 'USER', 'SYSTEM'], rows).join('\n');
  throw new OperatorError(`Several devices are called ${JSON.stringify(idOrName)}. Give the id of one:\n${list}`);
}

/**
 * A session by its key or id, or the live one of a device by that device's name.
 * @throws OperatorError when there is none
 */
export async function findSession(client: ServiceClient, named: string): Promise<Entity> {
  const path = isGuid(named)
    ? `${SESSIONS}/${named}`
    : `${SESSIONS}(sessionKey='${encodeURIComponent(quoted(named))}')`;
  const session = (await unlessNotFound(client.get(path))) ?? (await liveSessionOn(client, named));
  if (session) return session;
  throw new OperatorError(
    `There is no session ${JSON.stringify(named)}. \`remote-help session list --all\` shows those that there were.`,
  );
}

async function liveSessionOn(client: ServiceClient, deviceName: string): Promise<Entity | undefined> {
  const live = await liveSessions(client);
  return live.find((each) => String(each.deviceName).toLowerCase() === deviceName.toLowerCase());
}

export async function liveSessions(client: ServiceClient): Promise<Entity[]> {
  return pages(client, `${SESSIONS}?$filter=${encodeURIComponent("state ne 'ended'")}`);
}

/** A list to its end. */
export async function pages(client: ServiceClient, path: string): Promise<Entity[]> {
  const rows: Entity[] = [];
  for (let next: string | undefined = path; next !== undefined; ) {
    const page: Entity = await client.get(next);
    rows.push(...(page.value as Entity[]));
    const link = page['@odata.nextLink'];
    // Only path and query are taken from it: the token goes to no other host.
    next = typeof link === 'string' ? link.split('/beta/')[1] : undefined;
  }
  return rows;
}

/** The operations of a session, bound to its device. */
export function operationPath({ deviceId }: Entity, name: string): string {
  return `${DEVICES}/${encodeURIComponent(deviceId)}/${name}`;
}

async function unlessNotFound(answer: Promise<Entity>): Promise<Entity | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof ServiceError && error.status === 404) return undefined;
    throw error;
  });
}

/** Inside a literal of OData. */
function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
