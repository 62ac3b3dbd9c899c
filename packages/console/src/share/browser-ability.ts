/** Whether a browser can share a screen at all (SHR-20), and what a page may say that it is. */

/** What is looked at; `globalThis` is one. */
export interface Browser {
  readonly isSecureContext: boolean;
  readonly navigator: {
    readonly userAgent: string;
    readonly maxTouchPoints: number;
    readonly mediaDevices?: { readonly getDisplayMedia?: unknown } | undefined;
    readonly userAgentData?: UserAgentData | undefined;
  };
  readonly RTCPeerConnection?: unknown;
}

/** User-Agent Client Hints, as far as they are asked for. */
interface UserAgentData {
  readonly mobile: boolean;
  readonly platform: string;
  readonly brands: readonly { readonly brand: string }[];
}

export type Inability = 'phone' | 'browser' | 'insecure';

/** Phones have the function, some of them, and refuse when it is called. */
const PHONE = /Android|iPhone|iPad|iPod|Mobile/i;

export function inabilityOf({ isSecureContext, navigator, RTCPeerConnection }: Browser): Inability | undefined {
  const { userAgent, userAgentData, mediaDevices, maxTouchPoints } = navigator;
  const isTablet = /Macintosh/.test(userAgent) && maxTouchPoints > 1;
  if (userAgentData?.mobile === true || PHONE.test(userAgent) || isTablet) return 'phone';
  if (!isSecureContext) return 'insecure';
  const canCapture = typeof mediaDevices?.getDisplayMedia === 'function';
  return canCapture && typeof RTCPeerConnection === 'function' ? undefined : 'browser';
}

const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\//, 'Firefox'],
  [/Chrom(?:e|ium)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux|X11/, 'Linux'],
];

/** `Firefox on Windows`: what helpers see in the place of a device's name. */
export function pageNameOf({ userAgent }: Pick<Browser['navigator'], 'userAgent'>): string {
  const nameIn = (names: typeof BROWSERS) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const [browser, system] = [nameIn(BROWSERS) ?? 'A browser', nameIn(SYSTEMS)];
  return system ? `${browser} on ${system}` : browser;
}

/**
 * The code behind the `#` of the page's address, which is taken out of the address at once: it would stay in the history.
 * @returns empty for none
 */
export function takeCodeFromAddress(
  location: Pick<Location, 'hash' | 'pathname'>,
  history: Pick<History, 'replaceState' | 'state'>,
): string {
  const { hash } = location;
  if (hash === '') return '';
  history.replaceState(history.state, '', location.pathname);
  try {
    return decodeURIComponent(hash.slice(1)).slice(0, 64);
  } catch {
    return '';
  }
}
