/** GUIDs as text (OData ABNF `guidValue`). */

const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a GUID, in upper or lower case, without braces. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}
