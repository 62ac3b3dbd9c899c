import { model } from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import { serviceDocument } from './service-document.ts';

describe('service document', () => {
  it('lists the sets and singletons right below the root, and nothing that cannot be listed', () => {
    expect(serviceDocument(model, 'https://host/beta')).toEqual({
      '@odata.context': 'https://host/beta/$metadata',
      value: [
        ...[
          'ExtendRemoteHelpSessionResponse',
          'CreateRemoteHelpSessionResponse',
          'RequestRemoteHelpSessionAccessResponse',
          'RemoteHelpSessionRetrieveResponse',
        ].map((name) => ({ name, kind: 'EntitySet', url: name })),
        { name: 'deviceManagement', kind: 'Singleton', url: 'deviceManagement' },
        { name: 'me', kind: 'Singleton', url: 'me' },
        { name: 'remoteHelp', kind: 'Singleton', url: 'remoteHelp' },
      ],
    });
  });
});
