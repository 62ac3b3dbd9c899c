/** From when on a helper may ask again, counted down. */
import { useState } from 'react';
import type { Instant } from '../clock.ts';
import { useGraph } from '../graph/graph.tsx';
import { useSpeech } from '../i18n/text.tsx';
import { clockText, useNow } from './use-now.ts';

/**
 * Screen readers are told twice: when it will be, and when it is. The seconds between are for the eye.
 * @param at by the server's clock; undefined where nothing has to be waited for
 */
export function AskAgain({ at }: { readonly at: Instant | undefined }) {
  const graph = useGraph();
  const [now] = useState(() => () => graph.now());
  const instant = useNow(now);
  const { texts, format } = useSpeech();
  const t = texts.screen;
  if (at === undefined) return null;
  const leftMs = at - instant;
  return (
    <>
      <span role="status">{leftMs > 0 ? t.askAgainAt(format.time(at) ?? '') : t.askAgainNow}</span>{' '}
      {leftMs > 0 ? (
        <span aria-hidden data-testid="ask-again-left">
          {t.askAgainIn(clockText(leftMs))}
        </span>
      ) : null}
    </>
  );
}
