/** Where the console is: the address bar is the truth, the history API moves it. */
import { useSyncExternalStore } from 'react';

/** An address within this site. */
export interface Place {
  readonly path: string;
  /** With question mark, or empty. */
  readonly query: string;
}

const MOVED = 'console-moved';

/** Goes to a path of this site; `replace` leaves no step to come back to. */
export function navigate(to: string, options: { readonly replace?: boolean } = {}): void {
  if (options.replace) history.replaceState(null, '', to);
  else history.pushState(null, '', to);
  dispatchEvent(new Event(MOVED));
}

/** Where the console is now; draws anew when that changes. */
export function usePlace(): Place {
  const href = useSyncExternalStore(subscribe, () => `${location.pathname}${location.search}`);
  const [path = '/', query] = href.split('?', 2);
  return { path, query: query === undefined ? '' : `?${query}` };
}

/** One value of the query, and how to change it without a step in the history. */
export function useQueryValue(name: string): readonly [string, (value: string) => void] {
  const { path, query } = usePlace();
  const set = (value: string) => {
    const values = new URLSearchParams(location.search);
    if (value === '') values.delete(name);
    else values.set(name, value);
    const text = values.toString();
    navigate(text === '' ? path : `${path}?${text}`, { replace: true });
  };
  return [new URLSearchParams(query).get(name) ?? '', set];
}

function subscribe(listener: () => void): () => void {
  addEventListener('popstate', listener);
  addEventListener(MOVED, listener);
  return () => {
    removeEventListener('popstate', listener);
    removeEventListener(MOVED, listener);
  };
}

/** What a click says about how a link is meant to open. */
type Click = Pick<MouseEvent, 'button' | 'metaKey' | 'ctrlKey' | 'shiftKey' | 'altKey' | 'defaultPrevented'> & {
  preventDefault(): void;
};

/** Follows a link within the console, unless the person wants it in another tab or window. */
export function followLink(event: Click, to: string): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  navigate(to);
}
