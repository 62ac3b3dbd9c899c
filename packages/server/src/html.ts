/** HTML by tagged templates: whatever is filled in is escaped unless it is HTML itself. */

/** Markup that needs no more escaping. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may be filled in: text and numbers are escaped, lists are joined, undefined and false vanish. */
export type Fill = Html | string | number | undefined | false | readonly Fill[];

/** The template tag. */
export function html(strings: TemplateStringsArray, ...fills: readonly Fill[]): Html {
  return new Html(strings.map((string, index) => string + filled(fills[index])).join(''));
}

function filled(fill: Fill): string {
  if (fill === undefined || fill === false) return '';
  if (fill instanceof Html) return fill.text;
  if (typeof fill === 'object') return fill.map(filled).join('');
  return escaped(String(fill));
}

/** A text as it stands between tags, or in an attribute. */
export function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
