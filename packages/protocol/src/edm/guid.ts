/** GUIDs as text (OData ABNF `guidValue`). */

/** Source of a pattern, for lower-case letters: to be used with the flag `i`. */
export const GUID_PATTERN = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';

const GUID = new RegExp(`^${GUID_PATTERN}$`, 'i');

/** Whether a text is a GUID, in upper or lower case, without braces. */
export function isGuid(text: string): boolean {
  return GUID.test(text);
}
