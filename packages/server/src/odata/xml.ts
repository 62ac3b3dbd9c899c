/** XML written from elements; enough for documents without mixed content (XML 1.0, fifth edition). */

/** An element with children or with text. */
export interface XmlElement {
  readonly name: string;
  /** Attributes whose value is undefined are left out. */
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: readonly XmlElement[];
  /** Character data, instead of children. */
  readonly text?: string;
}

/** An element; children that are undefined are left out. */
export function element(
  name: string,
  attributes: XmlElement['attributes'] = {},
  children: readonly (XmlElement | undefined)[] = [],
): XmlElement {
  return { name, attributes, children: children.filter((child) => child !== undefined) };
}

/** An element with nothing but text. */
export function textElement(name: string, text: string): XmlElement {
  return { name, attributes: {}, children: [], text };
}

/** A document, indented by two spaces. */
export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n${lines(root, '')}`;
}

function lines({ name, attributes, children, text }: XmlElement, indent: string): string {
  const start = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value = '']) => ` ${key}="${escaped(value)}"`)
    .join('');
  if (text !== undefined) return `${indent}<${name}${start}>${escaped(text)}</${name}>\n`;
  if (children.length === 0) return `${indent}<${name}${start}/>\n`;
  const inside = children.map((child) => lines(child, `${indent}  `)).join('');
  return `${indent}<${name}${start}>\n${inside}${indent}</${name}>\n`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

// Tabs and line ends need references too: parsers turn them into spaces inside attributes (XML 1.0, 3.3.3).
function escaped(value: string): string {
  return value.replaceAll(/[&<>"\t\n\r]/g, (character) => ENTITIES[character] ?? `&#${character.codePointAt(0)};`);
}
