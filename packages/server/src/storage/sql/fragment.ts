/** Pieces of SQL with the values they bind. `?` marks a value on every engine until `Dialect.statement` finishes. */

export interface Fragment {
  /** SQL with one `?` for each value, in order. */
  readonly text: string;
  readonly values: readonly unknown[];
}

/** SQL with fragments put in: `` sql`lower(${column})` ``. Plain text can't be put in, so no value gets there by mistake. */
export function sql(strings: TemplateStringsArray, ...parts: readonly Fragment[]): Fragment {
  return {
    text: strings.map((string, index) => string + (parts[index]?.text ?? '')).join(''),
    values: parts.flatMap(({ values }) => values),
  };
}

/** Text that is SQL already; never a caller's. */
export function raw(text: string): Fragment {
  return { text, values: [] };
}

/** A bound value; `cast` is SQL that follows the placeholder. */
export function bound(value: unknown, cast = ''): Fragment {
  return { text: `?${cast}`, values: [value] };
}

/** A column by its name in the model. */
export function column(name: string): Fragment {
  return raw(`"${name}"`);
}

export function joined(fragments: readonly Fragment[], separator: string): Fragment {
  return {
    text: fragments.map(({ text }) => text).join(separator),
    values: fragments.flatMap(({ values }) => values),
  };
}
