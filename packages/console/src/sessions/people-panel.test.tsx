import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import { en } from '../i18n/en/index.ts';
import { SpeechProvider } from '../i18n/text.tsx';
import { NoticesProvider } from '../shell/notices.tsx';
import type { HelperState } from './helper-state.ts';
import { PeoplePanel } from './people-panel.tsx';

afterEach(cleanup);

it.each([
  ['one of two by their names', ['Ben', 'Cleo'], ['Ben (INPUT)', 'Cleo']],
  ['neither of two who share a name', ['Ben', 'Ben'], ['Ben', 'Ben']],
])('the input is said to be with %s', (_what, names, lines) => {
  const state = {
    session: { deviceName: 'Front desk', id: '1', isUnenrolled: false },
    ...{ isSharerPresent: true, holdsInput: false, inputHolder: 'Ben', isPairRefused: false, assurance: undefined },
    allowance: { grants: { view: true, control: true, clipboardToHelper: false, clipboardToSharer: false } },
    helpers: names.map((name, index) => ({ userId: String(index), name })),
  } as unknown as HelperState;
  render(
    <SpeechProvider initial={{ language: 'en', texts: en }}>
      <NoticesProvider>
        <PeoplePanel state={state} />
      </NoticesProvider>
    </SpeechProvider>,
  );
  const shown = screen.getAllByRole('listitem').map((item) => item.textContent?.trim());
  expect(shown.slice(2)).toEqual(lines.map((line) => line.replace('INPUT', en.screen.hasInput)));
});
