/** What was copied there goes into this clipboard by itself, as long as the person wants it and the browser allows it. */
import { useEffect, useState } from 'react';

export function useClipboardFromThere(text: string | undefined): {
  readonly is: boolean;
  readonly set: (is: boolean) => void;
} {
  const [is, set] = useState(false);
  useEffect(() => {
    if (!is || text === undefined) return;
    // Refused while the page has not the focus; the text stays in the panel, where a button copies it.
    navigator.clipboard.writeText(text).catch(() => set(false));
  }, [is, text]);
  return { is, set };
}
