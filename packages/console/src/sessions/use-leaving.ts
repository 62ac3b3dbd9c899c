/** Nobody leaves a session by accident: the browser asks before its page is closed, and links wait for an answer. */
import { useEffect, useState } from 'react';
import { navigate } from '../shell/router.ts';

export interface Leaving {
  /** Where a link would lead that somebody followed; undefined while nobody leaves. */
  readonly to: string | undefined;
  readonly stay: () => void;
  readonly leave: () => void;
}

export function useLeaving(): Leaving {
  const [to, setTo] = useState<string>();
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    const hold = (event: MouseEvent) => {
      const link = leavingBy(event);
      if (link === undefined) return;
      event.preventDefault();
      setTo(link);
    };
    addEventListener('beforeunload', warn);
    document.addEventListener('click', hold, { capture: true });
    return () => {
      removeEventListener('beforeunload', warn);
      document.removeEventListener('click', hold, { capture: true });
    };
  }, []);
  return {
    to,
    stay: () => setTo(undefined),
    leave: () => {
      setTo(undefined);
      if (to !== undefined) navigate(to);
    },
  };
}

/** The path that a click would lead this page to; undefined where it leads nowhere, or to another tab. */
export function leavingBy(event: MouseEvent): string | undefined {
  if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null;
  if (link?.target !== '' || link.origin !== location.origin) return undefined;
  const { pathname, search } = link;
  return pathname === location.pathname ? undefined : `${pathname}${search}`;
}
