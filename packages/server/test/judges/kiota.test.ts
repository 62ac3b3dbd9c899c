/** A kiota adapter with the models of Microsoft's beta SDK, unmodified: `deviceManagement`. */
import { HttpMethod, type Parsable, type ParsableFactory, RequestInformation } from '@microsoft/kiota-abstractions';
import { AzureIdentityAuthenticationProvider } from '@microsoft/kiota-authentication-azure';
import { GraphBetaRequestAdapter } from '@microsoft/msgraph-beta-sdk';
import {
  createManagedDeviceCollectionResponseFromDiscriminatorValue,
  createManagedDeviceFromDiscriminatorValue,
  createRemoteAssistanceSettingsFromDiscriminatorValue,
  type ManagedDevice,
  type ManagedDeviceCollectionResponse,
  type RemoteAssistanceSettings,
  serializeManagedDevice,
  serializeRemoteAssistanceSettings,
} from '@microsoft/msgraph-beta-sdk/models/index.js';
import { createODataErrorFromDiscriminatorValue } from '@microsoft/msgraph-beta-sdk/models/oDataErrors/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startOnFreePorts } from './running-service.ts';

const SCOPES = 'DeviceManagementManagedDevices.ReadWrite.All DeviceManagementConfiguration.ReadWrite.All';
let running: RunningService;
let adapter: GraphBetaRequestAdapter;

beforeAll(async () => {
  running = await startOnFreePorts();
  const token = await running.token(SCOPES);
  const credential = { getToken: async () => ({ token, expiresOnTimestamp: Number.MAX_SAFE_INTEGER }) };
  adapter = new GraphBetaRequestAdapter(
    new AzureIdentityAuthenticationProvider(credential, ['scope'], undefined, new Set(['localhost'])),
  );
  adapter.baseUrl = `${running.origin}/beta`;
});
afterAll(() => running.close());

function request(method: HttpMethod, path: string, query: Readonly<Record<string, unknown>> = {}): RequestInformation {
  const names = Object.keys(query).map((name) => `%24${name}`);
  const information = new RequestInformation(
    method,
    `{+baseurl}/${path}${names.length > 0 ? `{?${names.join(',')}}` : ''}`,
  );
  information.pathParameters.baseurl = adapter.baseUrl;
  for (const [name, value] of Object.entries(query)) information.queryParameters[`%24${name}`] = value as string;
  information.headers.tryAdd('Accept', 'application/json');
  return information;
}

const errors = { XXX: createODataErrorFromDiscriminatorValue as ParsableFactory<Parsable> };

describe('kiota with the beta SDK', () => {
  it('enters, finds, changes and removes a managed device', async () => {
    const post = request(HttpMethod.POST, 'deviceManagement/managedDevices');
    // Intune fills in these two itself, so the SDK sends them as additional data only.
    const additionalData = { deviceName: 'PC-1', operatingSystem: 'Windows' };
    const device: ManagedDevice = { complianceState: 'compliant', additionalData };
    post.setContentFromParsable(adapter, 'application/json', device, serializeManagedDevice);
    const created = await adapter.send<ManagedDevice>(post, createManagedDeviceFromDiscriminatorValue, errors);
    expect(created).toMatchObject({
      ...{ deviceName: 'PC-1', operatingSystem: 'Windows', complianceState: 'compliant' },
      odataType: '#microsoft.graph.managedDevice',
    });
    expect(created?.enrolledDateTime?.getTime()).toBeGreaterThan(0);

    const list = request(HttpMethod.GET, 'deviceManagement/managedDevices', {
      filter: "complianceState eq 'compliant' and contains(deviceName,'PC')",
      select: ['id', 'deviceName'],
      count: true,
    });
    const page = await adapter.send<ManagedDeviceCollectionResponse>(
      list,
      createManagedDeviceCollectionResponseFromDiscriminatorValue,
      errors,
    );
    expect(page?.value?.map(({ id, deviceName }) => [id, deviceName])).toEqual([[created?.id, 'PC-1']]);
    expect(page?.odataCount).toBe(1);

    const patch = request(HttpMethod.PATCH, `deviceManagement/managedDevices/${created?.id}`);
    patch.setContentFromParsable(
      adapter,
      'application/json',
      { notes: 'lent out' } as ManagedDevice,
      serializeManagedDevice,
    );
    const changed = await adapter.send(patch, createManagedDeviceFromDiscriminatorValue, errors);
    expect(changed).toMatchObject({ deviceName: 'PC-1', notes: 'lent out' });

    await adapter.sendNoResponseContent(
      request(HttpMethod.DELETE, `deviceManagement/managedDevices/${created?.id}`),
      errors,
    );
    const gone = request(HttpMethod.GET, `deviceManagement/managedDevices/${created?.id}`);
    await expect(adapter.send(gone, createManagedDeviceFromDiscriminatorValue, errors)).rejects.toMatchObject({
      responseStatusCode: 404,
      errorEscaped: { code: 'ResourceNotFound' },
    });
  });

  it('reads and changes the settings', async () => {
    const path = 'deviceManagement/remoteAssistanceSettings';
    const present = await adapter.send(
      request(HttpMethod.GET, path),
      createRemoteAssistanceSettingsFromDiscriminatorValue,
      errors,
    );
    expect(present).toMatchObject({ remoteAssistanceState: 'disabled', blockChat: false });
    const patch = request(HttpMethod.PATCH, path);
    const changes: RemoteAssistanceSettings = { remoteAssistanceState: 'enabled', blockChat: true };
    patch.setContentFromParsable(adapter, 'application/json', changes, serializeRemoteAssistanceSettings);
    expect(await adapter.send(patch, createRemoteAssistanceSettingsFromDiscriminatorValue, errors)).toMatchObject(
      changes,
    );
  });
});
