import { describe, expect, it } from 'vitest';
import { type Browser, inabilityOf, pageNameOf, takeCodeFromAddress } from './browser-ability.ts';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0';
const EDGE =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0 Safari/537.36 Edg/156.0';
const SAFARI = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
const ANDROID = 'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36';

function browser(changes: Partial<Browser['navigator']> = {}, others: Partial<Browser> = {}): Browser {
  return {
    isSecureContext: true,
    RTCPeerConnection: () => undefined,
    navigator: {
      userAgent: FIREFOX,
      maxTouchPoints: 0,
      mediaDevices: { getDisplayMedia: () => undefined },
      ...changes,
    },
    ...others,
  };
}

describe('a browser', () => {
  // SHR-20
  it.each<[string, Browser, string | undefined]>([
    ['of a computer can', browser(), undefined],
    ['of a computer with a touch screen can', browser({ userAgent: EDGE, maxTouchPoints: 10 }), undefined],
    ['without getDisplayMedia cannot', browser({ mediaDevices: {} }), 'browser'],
    ['without media cannot', browser({ mediaDevices: undefined }), 'browser'],
    ['without WebRTC cannot', browser({}, { RTCPeerConnection: undefined }), 'browser'],
    ['that came by plain HTTP cannot', browser({ mediaDevices: undefined }, { isSecureContext: false }), 'insecure'],
    ['of an iPhone cannot', browser({ userAgent: IPHONE }), 'phone'],
    ['of an Android phone cannot, though it has the function', browser({ userAgent: ANDROID }), 'phone'],
    ['of an iPad that says it is a Mac cannot', browser({ userAgent: SAFARI, maxTouchPoints: 5 }), 'phone'],
    [
      'that says it is a mobile one cannot',
      browser({ userAgentData: { mobile: true, platform: 'Android', brands: [] } }),
      'phone',
    ],
  ])('%s share its screen', (_what, given, expected) => expect(inabilityOf(given)).toBe(expected));

  it.each([
    [FIREFOX, 'Firefox on Linux'],
    [EDGE, 'Edge on Windows'],
    [SAFARI, 'Safari on macOS'],
    ['curl', 'A browser'],
  ])('%s is called %s', (userAgent, name) => expect(pageNameOf({ userAgent })).toBe(name));
});

describe('the code behind the #', () => {
  function take(hash: string) {
    const location = { hash, pathname: '/share' };
    const addresses: string[] = [];
    const history = {
      state: null,
      replaceState: (_state: unknown, _unused: string, url: string) => {
        addresses.push(url);
        location.hash = '';
      },
    };
    return { code: takeCodeFromAddress(location, history), addresses };
  }

  // SHR-21
  it('is taken out of the address', () => {
    expect(take('#7K3M-Q9TD')).toEqual({ code: '7K3M-Q9TD', addresses: ['/share'] });
    expect(take('#7K3M%20Q9TD').code).toBe('7K3M Q9TD');
  });

  // SHR-21
  it('is none where nothing sound stands there', () => {
    expect(take('')).toEqual({ code: '', addresses: [] });
    expect(take('#%')).toEqual({ code: '', addresses: ['/share'] });
    expect(take(`#${'x'.repeat(1_000)}`).code).toHaveLength(64);
  });
});
