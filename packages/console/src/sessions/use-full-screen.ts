/** One element over the whole screen, with the keys that the browser then gives up. */
import { type RefObject, useEffect, useState } from 'react';

/** Where the browser has it (https://wicg.github.io/keyboard-lock/): Escape and the like go to the page in full screen. */
interface Lockable {
  readonly keyboard?: { lock(): Promise<void>; unlock(): void };
}

export function useFullScreen(element: RefObject<HTMLElement | null>): {
  readonly is: boolean;
  readonly toggle: () => void;
} {
  const [is, setIs] = useState(false);
  useEffect(() => {
    const onChange = () => {
      const isNow = document.fullscreenElement !== null;
      const { keyboard } = navigator as Lockable;
      // Where it is refused, those keys stay the browser's.
      if (isNow) keyboard?.lock().catch(() => undefined);
      else keyboard?.unlock();
      setIs(isNow);
    };
    document.addEventListener('fullscreenchange', onChange);
    return () => document.removeEventListener('fullscreenchange', onChange);
  }, []);
  const toggle = () => {
    const going = document.fullscreenElement ? document.exitFullscreen() : element.current?.requestFullscreen();
    // Refused where a page around this one forbids it: the screen stays as it is.
    going?.catch(() => undefined);
  };
  return { is, toggle };
}
