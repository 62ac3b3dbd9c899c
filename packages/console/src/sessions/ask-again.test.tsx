import { QueryClient } from '@tanstack/react-query';
import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { instantOf } from '../clock.ts';
import { GraphClient } from '../graph/client.ts';
import { GraphProvider } from '../graph/graph.tsx';
import { en } from '../i18n/en/index.ts';
import { SpeechProvider } from '../i18n/text.tsx';
import { AskAgain } from './ask-again.tsx';

const NOW = instantOf('2026-11-23T16:00:00Z') ?? 0;

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it('counts down for the eye, and tells screen readers twice: when it will be, and when it is', () => {
  const client = new GraphClient({
    baseUrl: 'https://help.example.org/beta/',
    tokens: { accessToken: async () => 'token', refused: () => undefined },
  });
  render(
    <GraphProvider client={client} queries={new QueryClient()}>
      <SpeechProvider initial={{ language: 'en', texts: en }}>
        <AskAgain at={NOW + 30_000} />
      </SpeechProvider>
    </GraphProvider>,
  );
  const status = screen.getByRole('status');
  const left = screen.getByTestId('ask-again-left');
  const [told, shown] = [[status.textContent], [left.textContent]];
  for (let second = 1; second <= 40; second++) {
    act(() => void vi.advanceTimersByTime(1_000));
    if (status.textContent !== told.at(-1)) told.push(status.textContent);
    if (left.isConnected) shown.push(left.textContent);
  }
  expect(told).toEqual([expect.stringMatching(/^You can ask again at .*:30/), 'You can ask again now.']);
  expect([shown.length, shown[0], shown[29]]).toEqual([30, 'That is in 0:30.', 'That is in 0:01.']);
  expect([left.isConnected, left.getAttribute('aria-hidden')]).toEqual([false, 'true']);
});
