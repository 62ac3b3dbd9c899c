/** What the browser lets a page of the console do. */

/** What a page may reach besides its own origin. */
export interface PolicyFacts {
  readonly nonce: string;
  /** Where the page was asked for: `https://help.example`. */
  readonly origin: string;
  /** Origins to which the page speaks: issuers, gateways elsewhere. */
  readonly reaches: readonly string[];
  /** Whether the page shares a screen. */
  readonly mayCapture: boolean;
}

/** Headers of a document of the console. */
export function documentHeaders({ nonce, origin, reaches, mayCapture }: PolicyFacts): Record<string, string> {
  // Not every browser counts a WebSocket of the same origin as 'self' (Content Security Policy 3, 6.7.2.8).
  const connect = ["'self'", origin.replace(/^http/, 'ws'), ...reaches];
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    `connect-src ${[...new Set(connect)].join(' ')}`,
    "img-src 'self' data: blob:",
    'media-src blob:',
    "font-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    'content-type': 'text/html;charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': policy.join('; '),
    'permissions-policy': permissionsPolicy(mayCapture),
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  };
}

const WITHHELD = [
  ...['accelerometer', 'camera', 'geolocation', 'gyroscope', 'hid', 'magnetometer', 'microphone', 'midi'],
  ...['payment', 'publickey-credentials-get', 'serial', 'usb', 'xr-spatial-tracking'],
];

function permissionsPolicy(mayCapture: boolean): string {
  const own = ['clipboard-read', 'clipboard-write', 'fullscreen', ...(mayCapture ? ['display-capture'] : [])];
  const none = [...WITHHELD, ...(mayCapture ? [] : ['display-capture'])];
  return [...own.map((feature) => `${feature}=(self)`), ...none.map((feature) => `${feature}=()`)].join(', ');
}
