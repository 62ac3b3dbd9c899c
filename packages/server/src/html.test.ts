import { describe, expect, it } from 'vitest';
import { html } from './html.ts';

describe('html', () => {
  it('escapes text, in elements and in attributes', () => {
    const hostile = `"><script>alert('1' & 2)</script>`;
    expect(html`<p title="${hostile}">${hostile}</p>`.text).not.toMatch(/<script|title=""/);
    expect(html`<b>${html`<i>${'<'}</i>`}</b>`.text).toBe('<b><i>&#60;</i></b>');
    expect(html`${`&<>"'`}`.text).toBe('&#38;&#60;&#62;&#34;&#39;');
  });

  it('nests HTML, joins lists, and leaves out what is not there', () => {
    expect(html`<ul>${['a', 'b<'].map((item) => html`<li>${item}</li>`)}</ul>${undefined}${false}${0}`.text).toBe(
      '<ul><li>a</li><li>b&#60;</li></ul>0',
    );
  });
});
