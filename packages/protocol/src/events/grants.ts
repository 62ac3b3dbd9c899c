/** What the sharer's end lets helpers do. Pure; every end reckons with the same list. */

/** Names of the grants; `clipboardToHelper`: what the sharer copies reaches the helper. */
export const GRANTS = ['view', 'control', 'clipboardToHelper', 'clipboardToSharer'] as const;
export type Grant = (typeof GRANTS)[number];
export type SessionGrants = Readonly<Record<Grant, boolean>>;

/** A value for each grant. */
export function eachGrant<T>(make: (grant: Grant) => T): Record<Grant, T> {
  return Object.fromEntries(GRANTS.map((grant) => [grant, make(grant)])) as Record<Grant, T>;
}

export const NO_GRANTS: SessionGrants = eachGrant(() => false);
export const VIEW_ALONE: SessionGrants = { ...NO_GRANTS, view: true };
export const ALL_GRANTS: SessionGrants = eachGrant(() => true);

/** What both grant. */
export function narrower(a: SessionGrants, b: SessionGrants): SessionGrants {
  return eachGrant((grant) => a[grant] && b[grant]);
}

/** What either grants. */
export function wider(a: SessionGrants, b: SessionGrants): SessionGrants {
  return eachGrant((grant) => a[grant] || b[grant]);
}

export function sameGrants(a: SessionGrants, b: SessionGrants): boolean {
  return GRANTS.every((grant) => a[grant] === b[grant]);
}
