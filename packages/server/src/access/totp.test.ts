import { describe, expect, it } from 'vitest';
import { newTotpSecret, totpCode, totpSecretText, totpStepAt, totpStepOf, totpUri } from './totp.ts';

/** Of the test vectors in RFC 6238, appendix B, and RFC 4226, appendix D. */
const SECRET = Buffer.from('12345678901234567890').toString('base64url');

describe('one-time codes', () => {
  // ID-47
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('are those of RFC 6238 at %d seconds', (seconds, code) => {
    expect(totpCode(SECRET, totpStepAt(seconds * 1_000))).toBe(code);
  });

  // ID-47
  it('are taken one step early and one late, and no further', () => {
    const now = 1_234_567_890_000;
    const step = totpStepAt(now);
    const taken = [-2, -1, 0, 1, 2].map((skew) => totpStepOf(SECRET, totpCode(SECRET, step + skew), now, 0));
    expect(taken).toEqual([undefined, step - 1, step, step + 1, undefined]);
  });

  // ID-47
  it('are not taken again, nor older ones than that which was taken', () => {
    const now = 1_234_567_890_000;
    const step = totpStepAt(now);
    const code = (at: number) => totpStepOf(SECRET, totpCode(SECRET, at), now, step);
    expect([code(step - 1), code(step), code(step + 1)]).toEqual([undefined, undefined, step + 1]);
  });

  it.each(['', '00592', '0059244', '００５９２４', 'abcdef', '-05924'])('are not %j', (text) => {
    expect(totpStepOf(SECRET, text, 1_234_567_890_000, 0)).toBeUndefined();
  });
});

describe('a secret', () => {
  it('has 160 bits, and is another each time', () => {
    const [one, two] = [newTotpSecret(), newTotpSecret()];
    expect(Buffer.from(one, 'base64url')).toHaveLength(20);
    expect(one).not.toBe(two);
  });

  it('is shown as base32 in groups of four, as RFC 4648 has it', () => {
    expect(totpSecretText(SECRET)).toBe('GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ');
    expect(totpSecretText(Buffer.from('foob').toString('base64url'))).toBe('MZXW 6YQ');
  });

  it('is told to an app by an address that names issuer and account', () => {
    const uri = new URL(totpUri(SECRET, { issuer: 'Contoso: Help & Co', account: 'adele+x@contoso.com' }));
    expect(uri.href).not.toContain('+');
    expect(decodeURIComponent(uri.pathname)).toBe('/Contoso  Help & Co:adele+x@contoso.com');
    expect(Object.fromEntries(uri.searchParams)).toEqual({
      secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      issuer: 'Contoso  Help & Co',
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  });
});
