import { afterEach, describe, expect, it } from 'vitest';
import { leavingBy } from './use-leaving.ts';

afterEach(() => document.body.replaceChildren());

/** Where a click on a link with these attributes would lead. */
function clicked(attributes: Readonly<Record<string, string>>, click: MouseEventInit = {}): string | undefined {
  const link = document.createElement('a');
  for (const [name, value] of Object.entries(attributes)) link.setAttribute(name, value);
  const icon = link.appendChild(document.createElement('span'));
  document.body.append(link);
  let led: string | undefined;
  link.addEventListener('click', (event) => {
    event.preventDefault();
    led = leavingBy(event);
  });
  icon.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, ...click }));
  return led;
}

describe('a click that leaves', () => {
  it('is one on a link to another page of this console', () => {
    expect(clicked({ href: '/devices?name=a' })).toBe('/devices?name=a');
  });

  it('is none to another tab, another site, or a place on this page', () => {
    expect(clicked({ href: '/devices' }, { ctrlKey: true })).toBeUndefined();
    expect(clicked({ href: '/docs', target: '_blank' })).toBeUndefined();
    expect(clicked({ href: 'https://elsewhere.example/' })).toBeUndefined();
    expect(clicked({ href: `${location.pathname}#main` })).toBeUndefined();
    expect(clicked({})).toBeUndefined();
  });
});
