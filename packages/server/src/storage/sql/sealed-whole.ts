/**
 * The secrets of a row under one seal: to seal or to open several texts in one takes as long as one of them alone. In
 * the column lies `length of the names (1) | their names, with commas | what the sealer makes of a JSON array of the texts`.
 */
import { Sealed, SealedPart, type SealedWhole, type Sealer } from '../../store/store.ts';

/** Which secrets there are, in clear: to know that there is none takes no key. Authenticated by the seal. */
interface Head {
  readonly bytes: Uint8Array;
  readonly text: string;
  readonly names: readonly string[];
}

const LONGEST_NAMES = 255;

/** Most rows have the same secrets as the row before. */
let latest = headOf('');

/**
 * Seals what there is of the named secrets; null when there is nothing.
 * @param place names the row
 * @throws UnknownKey when one has to be opened first and can't be
 */
export function sealWhole(
  place: string,
  secrets: readonly string[],
  secretOf: (name: string) => unknown,
  sealer: Sealer,
): Buffer | null {
  const names: string[] = [];
  const texts: unknown[] = [];
  for (const name of secrets) {
    const value = secretOf(name);
    if (value === null || value === undefined) continue;
    names.push(name);
    texts.push(value instanceof Sealed ? sealer.open(value) : value);
  }
  if (names.length === 0) return null;
  const head = headOf(names.join());
  return Buffer.concat([head.bytes, sealer.seal(JSON.stringify(texts), contextOf(place, head))]);
}

/** Adds the secrets of a row to its values, but for those that were not asked for. @param bytes as `sealWhole` gave them */
export function readWhole(bytes: Uint8Array, place: string, values: Record<string, unknown>): void {
  const head = headIn(bytes);
  const { names } = head;
  const context = contextOf(place, head);
  const whole: SealedWhole = { bytes: bytes.subarray(head.bytes.length), context, count: names.length };
  for (let i = 0; i < names.length; i++) {
    const name = names[i] as string;
    if (Object.hasOwn(values, name)) values[name] = new SealedPart(whole, i);
  }
}

/** No property's name holds `@`: this is the context of no secret that is sealed alone. */
function contextOf(place: string, { text }: Head): string {
  return `${place}|${text}@secrets`;
}

function headIn(bytes: Uint8Array): Head {
  if (!beginsWith(bytes, latest.bytes)) {
    latest = headOf(Buffer.from(bytes.subarray(1, 1 + (bytes[0] ?? 0))).toString('latin1'));
  }
  return latest;
}

function beginsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  for (let i = 0; i < head.length; i++) if (bytes[i] !== head[i]) return false;
  return true;
}

function headOf(text: string): Head {
  if (text.length > LONGEST_NAMES) throw new TypeError('The names of the secrets are too long.');
  return { bytes: Buffer.from(`${String.fromCharCode(text.length)}${text}`, 'latin1'), text, names: text.split(',') };
}
