/** What an end keeps of helpers, by their connections: bounded for each helper, so that nobody crowds out another. */

/** A party may hold as many (SES-12.2). */
const MOST_OF_ONE = 8;
/** Sixteen helpers with as many connections. */
const MOST = 128;

/**
 * The connection to be forgotten before one more of this helper is kept: the oldest of his own, or of all.
 * @param helperOf the user id of whose a connection is
 */
export function crowdedOut<V>(kept: ReadonlyMap<string, V>, userId: string, helperOf: (value: V) => string) {
  const own = [...kept].filter(([, value]) => helperOf(value) === userId);
  if (own.length >= MOST_OF_ONE) return own[0]?.[0];
  return kept.size >= MOST ? kept.keys().next().value : undefined;
}
