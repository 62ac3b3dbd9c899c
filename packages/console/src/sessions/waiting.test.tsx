import { QueryClient } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { instantOf } from '../clock.ts';
import { GraphClient } from '../graph/client.ts';
import { GraphProvider } from '../graph/graph.tsx';
import { en } from '../i18n/en/index.ts';
import { SpeechProvider } from '../i18n/text.tsx';
import { NoticesProvider } from '../shell/notices.tsx';
import type { HelperEnd } from './helper-end.ts';
import type { HelperState } from './helper-state.ts';
import { WaitingForConsent } from './waiting.tsx';

const NOW = instantOf('2026-11-23T16:00:00Z') ?? 0;

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it.each([
  ['was heard of lately', '2026-11-23T15:59:30Z', en.screen.waiting],
  ['was heard of long ago', '2026-11-23T15:00:00Z', en.screen.waitingOffline],
  ['was never heard of', null, en.screen.waitingOffline],
])('who waits for a device that %s is told what to expect', async (_what, lastSyncDateTime, text) => {
  vi.stubGlobal('fetch', async (url: URL | string) => {
    expect(String(url)).toMatch(/deviceManagement\/managedDevices\/device-1$/);
    return Response.json({ id: 'device-1', lastSyncDateTime, managementState: 'managed' });
  });
  const session = {
    ...{ deviceId: 'device-1', deviceName: 'Front desk', isUnenrolled: false, sessionType: 'takeFullControl' },
    ...{ createdDateTime: '2026-11-23T15:59:50Z', consentExpirationDateTime: '2026-11-23T16:02:00Z' },
  };
  const state = { session, stage: { kind: 'waiting', kindOfConsent: 'session' } } as unknown as HelperState;
  const end = { now: () => NOW, end: async () => undefined } as unknown as HelperEnd;
  const queries = new QueryClient();
  const client = new GraphClient({
    baseUrl: 'https://help.example.org/beta/',
    tokens: { accessToken: async () => 'token', refused: () => undefined },
  });
  render(
    <GraphProvider client={client} queries={queries}>
      <SpeechProvider initial={{ language: 'en', texts: en }}>
        <NoticesProvider>
          <WaitingForConsent end={end} state={state} />
        </NoticesProvider>
      </SpeechProvider>
    </GraphProvider>,
  );
  await vi.waitFor(() => expect(queries.getQueryData(['device', 'device-1', 'online'])).toBeDefined());
  expect(await screen.findByText(text)).toBeTruthy();
});
