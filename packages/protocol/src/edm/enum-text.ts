/** Enumerations as text: member names, comma-separated for flags (OData JSON 4.01, 7.1). */
import type { EnumType } from './schema.ts';

/** Numeric value of member names, matched exactly; undefined when a name is unknown or several are given to no flags. */
export function enumValueOf(type: EnumType, text: string): number | undefined {
  if (!type.isFlags) return memberValue(type, text);
  let bits = 0;
  for (const name of text.split(',')) {
    const value = memberValue(type, name.trim());
    if (value === undefined) return undefined;
    bits |= value;
  }
  return bits;
}

/** Member names of a value, in declaration order for flags; the number itself where no member fits. */
export function enumTextOf(type: EnumType, value: number): string {
  const exact = namesOf(type).get(value);
  if (exact !== undefined) return exact;
  if (!type.isFlags) return String(value);
  const members = Object.entries<number>(type.members);
  const names = members.filter(([, member]) => member !== 0 && (value & member) === member).map(([name]) => name);
  return names.length === 0 ? String(value) : names.join(',');
}

const namesByValue = new WeakMap<EnumType, ReadonlyMap<number, string>>();

/** Member names by value; where several have one value, the first. */
function namesOf(type: EnumType): ReadonlyMap<number, string> {
  let names = namesByValue.get(type);
  if (!names) {
    names = new Map(
      Object.entries<number>(type.members)
        .reverse()
        .map(([name, value]) => [value, name]),
    );
    namesByValue.set(type, names);
  }
  return names;
}

function memberValue(type: EnumType, name: string): number | undefined {
  return Object.hasOwn(type.members, name) ? type.members[name] : undefined;
}
