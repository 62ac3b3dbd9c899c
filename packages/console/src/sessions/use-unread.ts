/** How many lines of chat came while nobody looked. */
import { useEffect, useState } from 'react';
import type { ChatLine } from './helper-state.ts';

export function useUnread(chat: readonly ChatLine[], isLooking: boolean): number {
  const [read, setRead] = useState(0);
  const heard = chat.filter(({ from }) => from === 'sharer').length;
  useEffect(() => {
    if (isLooking) setRead(heard);
  }, [isLooking, heard]);
  return isLooking ? 0 : Math.max(0, heard - read);
}
