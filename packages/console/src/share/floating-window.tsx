/** A small window that stays above others (Document Picture-in-Picture), where the browser has such. */
import { type ReactNode, useEffect, useState } from 'react';
import { createPortal } from 'react-dom';

interface DocumentPictureInPicture {
  requestWindow(options: { readonly width: number; readonly height: number }): Promise<Window>;
}

const SIZE = { width: 420, height: 330 };

export interface Floating {
  readonly isPossible: boolean;
  readonly isOpen: boolean;
  /** Within a click. */
  open(): Promise<void>;
  close(): void;
  /** Shows something there while it is open. */
  show(content: ReactNode): ReactNode;
}

/** It closes with what uses it. */
export function useFloatingWindow(title: string): Floating {
  const [shown, setShown] = useState<Window>();
  const api = (globalThis as { documentPictureInPicture?: DocumentPictureInPicture }).documentPictureInPicture;
  const open = async () => {
    if (!api) return;
    const opened = await api.requestWindow(SIZE);
    copyStyles(opened.document);
    opened.addEventListener('pagehide', () => setShown(undefined));
    setShown(opened);
  };
  useEffect(() => {
    if (!shown) return undefined;
    return () => shown.close();
  }, [shown]);
  useEffect(() => {
    if (shown) shown.document.title = title;
  }, [shown, title]);
  return {
    ...{ isPossible: api !== undefined, isOpen: shown !== undefined, open },
    close: () => shown?.close(),
    show: (content) => (shown ? createPortal(content, shown.document.body) : null),
  };
}

/** By their addresses: the policy lets in nothing else. */
function copyStyles(into: Document): void {
  into.documentElement.lang = document.documentElement.lang;
  for (const link of document.querySelectorAll<HTMLLinkElement>('link[rel="stylesheet"]')) {
    const copy = into.createElement('link');
    copy.rel = 'stylesheet';
    copy.href = link.href;
    into.head.append(copy);
  }
  into.body.className = 'floating';
}
