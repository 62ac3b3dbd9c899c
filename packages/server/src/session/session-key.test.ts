import { describe, expect, it } from 'vitest';
import { looksLikeSessionKey, newSessionKey } from './session-key.ts';

// SES-1.1
describe('a session key', () => {
  it('carries 192 random bits, and none comes twice', () => {
    const keys = Array.from({ length: 1_000 }, newSessionKey);
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(Buffer.from(key.slice(3), 'base64url')).toHaveLength(24);
    // Each bit is set in about half of them: 1,000 throws stay within 400 to 600 but once in a billion times, for each bit.
    for (let bit = 0; bit < 192; bit++) {
      const set = keys.filter((key) => (Buffer.from(key.slice(3), 'base64url')[bit >> 3] ?? 0) & (1 << (bit & 7)));
      expect(set.length).toBeGreaterThan(400);
      expect(set.length).toBeLessThan(600);
    }
  });

  it('is known by its form, which texts of others do not have', () => {
    expect(looksLikeSessionKey(newSessionKey())).toBe(true);
    for (const text of ['Session Key value', '', null, 7, `${newSessionKey()}x`, newSessionKey().slice(0, -1)]) {
      expect(looksLikeSessionKey(text)).toBe(false);
    }
  });
});
