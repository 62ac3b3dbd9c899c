import { describe, expect, it } from 'vitest';
import { Html, html, page } from './html.ts';
import { formTargetOf } from './http.ts';
import { errorNote, passwordForm, signInForm } from './sign-in-forms.ts';

const HOSTILE = `"'><script>alert(1)</script>&`;

describe('html', () => {
  it('escapes what is put in, once', () => {
    expect(html`<p title="${HOSTILE}">${html`<b>${'<'}</b>`}</p>`.text).toBe(
      '<p title="&#34;&#39;&#62;&#60;script&#62;alert(1)&#60;/script&#62;&#38;"><b>&#60;</b></p>',
    );
  });

  it('leaves out what is undefined or false, and joins lists', () => {
    expect(html`a${undefined}${false}${[new Html('<i>'), new Html('</i>')]}b${0}`.text).toBe('a<i></i>b0');
  });
});

describe('pages', () => {
  it.each([
    signInForm({ tenantName: HOSTILE, applicationName: HOSTILE, userPrincipalName: HOSTILE, error: HOSTILE }),
    passwordForm({ userPrincipalName: HOSTILE, error: HOSTILE }),
    errorNote(HOSTILE, HOSTILE),
  ])('show hostile text as text', (body) => {
    const text = page(HOSTILE, 'nonce', body);
    expect(text).not.toContain('<script');
    expect(text).toContain('&#60;script&#62;');
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
