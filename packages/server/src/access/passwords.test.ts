import { describe, expect, it } from 'vitest';
import { assertPasswordFits, generatePassword, hashPassword, passwordMatches } from './passwords.ts';

describe('passwords', () => {
  // ID-23
  it('match their own hash only, which holds its parameters and a salt of its own', async () => {
    const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).toMatch(/^scrypt\$65536\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(two);
    expect(await passwordMatches('correct horse', one)).toBe(true);
    expect(await passwordMatches('correct horsf', one)).toBe(false);
  });

  it('match nothing where there is no hash', async () => {
    expect(await passwordMatches('', undefined)).toBe(false);
    expect(await passwordMatches('', '')).toBe(false);
  });

  it('are the same however accents are encoded', async () => {
    expect(await passwordMatches('cafe\u0301 au lait!', await hashPassword('café au lait!'))).toBe(true);
  });

  it('are checked a few at a time: too many at once are turned away', async () => {
    const stored = 'scrypt$1024$8$1$AAAAAAAAAAAAAAAAAAAAAA$AAAA';
    const checks = Array.from({ length: 60 }, () => passwordMatches('x', stored).catch((error) => error.code));
    const outcomes = await Promise.all(checks);
    expect(outcomes.filter((outcome) => outcome === 'unavailable')).toHaveLength(8);
    expect(await passwordMatches('x', stored)).toBe(false);
  });

  it.each([
    ['x'.repeat(11), false],
    ['x'.repeat(12), true],
    ['🔑'.repeat(12), true],
    ['x'.repeat(256), true],
    ['x'.repeat(257), false],
  ])('have 12 to 256 characters: %.12s…', (password, fits) => {
    if (fits) expect(assertPasswordFits(password)).toBeUndefined();
    else expect(() => assertPasswordFits(password)).toThrow('at least 12');
  });

  it('are generated without look-alikes, and never twice', () => {
    const generated = Array.from({ length: 100 }, generatePassword);
    expect(new Set(generated).size).toBe(100);
    for (const password of generated) expect(password).toMatch(/^([abcdefghjkmnpqrstuvwxyz2-9]{5}-){3}[a-z2-9]{5}$/);
  });
});
