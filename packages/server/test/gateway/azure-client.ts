/** Azure's own Web PubSub client, unmodified, and its events to wait for. */
import {
  type OnConnectedArgs,
  type OnDisconnectedArgs,
  type OnGroupDataMessageArgs,
  type OnServerDataMessageArgs,
  WebPubSubClient,
  type WebPubSubClientOptions,
  WebPubSubJsonProtocol,
  WebPubSubJsonReliableProtocol,
} from '@azure/web-pubsub-client';

export interface AzureClient {
  readonly client: WebPubSubClient;
  readonly groupMessages: OnGroupDataMessageArgs['message'][];
  readonly serverMessages: OnServerDataMessageArgs['message'][];
  readonly connected: OnConnectedArgs[];
  readonly disconnected: OnDisconnectedArgs[];
  /** Settles once the condition holds, looked at after each event of the client. */
  until(condition: () => boolean): Promise<void>;
}

export const PROTOCOLS = { json: WebPubSubJsonProtocol, reliable: WebPubSubJsonReliableProtocol } as const;

/** Starts a client; failed requests are not retried, which would take seconds. */
export async function startAzureClient(
  url: string,
  protocol: keyof typeof PROTOCOLS,
  options: WebPubSubClientOptions = {},
): Promise<AzureClient> {
  const client = new WebPubSubClient(url, {
    protocol: PROTOCOLS[protocol](),
    messageRetryOptions: { maxRetries: 0 },
    ...options,
  });
  const waiting = new Set<() => void>();
  const azure: AzureClient = {
    client,
    groupMessages: [],
    serverMessages: [],
    connected: [],
    disconnected: [],
    until: (condition) =>
      new Promise((resolve) => {
        const look = () => {
          if (!condition()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
  const note =
    <T>(list: T[]) =>
    (item: T) => {
      list.push(item);
      for (const look of [...waiting]) look();
    };
  const noteGroup = note(azure.groupMessages);
  const noteServer = note(azure.serverMessages);
  client.on('group-message', ({ message }) => noteGroup(message));
  client.on('server-message', ({ message }) => noteServer(message));
  client.on('connected', note(azure.connected));
  client.on('disconnected', note(azure.disconnected));
  await client.start();
  await azure.until(() => azure.connected.length > 0);
  return azure;
}
