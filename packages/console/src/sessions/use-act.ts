/** What a button does that takes a moment: one at a time, and a failure is said in passing. */
import { useState } from 'react';
import { useNotices } from '../shell/notices.tsx';

export function useAct(act: () => Promise<void>): { readonly isBusy: boolean; readonly begin: () => void } {
  const notices = useNotices();
  const [isBusy, setBusy] = useState(false);
  const begin = () => {
    setBusy(true);
    act()
      .catch(notices.failed)
      .finally(() => setBusy(false));
  };
  return { isBusy, begin };
}
