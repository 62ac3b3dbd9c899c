import { describe, expect, it } from 'vitest';
import { formTargetOf } from './http.ts';
import { page } from './page.ts';
import { codeForm, setUpForm } from './second-factor-forms.ts';
import { errorNote, passwordForm, signInForm, tooManyAttempts } from './sign-in-forms.ts';

const HOSTILE = `"'><script>alert(1)</script>&`;

describe('pages', () => {
  it.each([
    signInForm({
      tenantName: HOSTILE,
      applicationName: HOSTILE,
      userPrincipalName: HOSTILE,
      wantsSetUp: false,
      error: HOSTILE,
    }),
    codeForm({ userPrincipalName: HOSTILE, error: HOSTILE }),
    setUpForm({ userPrincipalName: HOSTILE, uri: HOSTILE, secretText: HOSTILE, isOptional: true, error: HOSTILE }),
    passwordForm({ userPrincipalName: HOSTILE, error: HOSTILE }),
    errorNote(HOSTILE, HOSTILE),
  ])('show hostile text as text', (body) => {
    const text = page(HOSTILE, 'nonce', body);
    expect(text).not.toContain('<script');
    expect(text).toContain('&#60;script&#62;');
  });
});

describe('the form for a new password', () => {
  it('tells password managers whose it is, in a field that they read', () => {
    const { text } = passwordForm({ userPrincipalName: 'ada@example.org' });
    // They pass over type=hidden (Chromium: password form styles that it understands).
    expect(text).toMatch(
      /<input (?=[^>]*type="text")(?=[^>]*value="ada@example\.org")[^>]*autocomplete="username"[^>]* hidden>/,
    );
  });
});

describe('tooManyAttempts', () => {
  it.each([
    [30, '30 seconds'],
    [120, '120 seconds'],
    [121, '3 minutes'],
    [900, '15 minutes'],
  ])('says %i seconds as %s', (seconds, text) => {
    expect(tooManyAttempts(seconds)).toBe(`Too many attempts. Try again in ${text}.`);
  });
});

describe('formTargetOf', () => {
  it.each([
    ['https://app.example:444/a/b?c', 'https://app.example:444'],
    ['http://127.0.0.1:5000/', 'http://127.0.0.1:5000'],
    ['com.example.app://callback', 'com.example.app:'],
  ])('%s is %s', (uri, target) => {
    expect(formTargetOf(uri)).toBe(target);
  });
});
