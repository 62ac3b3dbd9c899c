/**
 * Codes of invitations: 8 of 32 characters, 40 random bits. The alphabet is Crockford's base 32: digits and capital
 * letters without I, L, O and U, so that no two of them look or sound alike once O is read as 0, I and L as 1.
 */

export const CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
export const CODE_LENGTH = 8;

const LOOKALIKES: Readonly<Record<string, string>> = { O: '0', I: '1', L: '1' };
const CODE = new RegExp(`^[${CODE_ALPHABET}]{${CODE_LENGTH}}$`);
/** What people put between the characters: spaces of all kinds, dashes of all kinds, dots. */
const BETWEEN = /[\s\p{Pd}_.]+/gu;

/**
 * A code as it is compared: capitals, nothing between the characters, O as 0, I and L as 1.
 * @returns undefined for what can be no code
 */
export function readInvitationCode(typed: string): string | undefined {
  const code = typed
    .slice(0, 64)
    .normalize('NFKC')
    .toUpperCase()
    .replace(BETWEEN, '')
    .replace(/[OIL]/g, (letter) => LOOKALIKES[letter] ?? letter);
  return CODE.test(code) ? code : undefined;
}

/** As it is shown and read aloud: two groups of four, `7K3M-Q9TD`. */
export function shownInvitationCode(code: string): string {
  return `${code.slice(0, CODE_LENGTH / 2)}-${code.slice(CODE_LENGTH / 2)}`;
}

/** @param random `CODE_LENGTH` random bytes; 256 is a multiple of 32, so that every character is equally likely */
export function invitationCodeOf(random: Uint8Array): string {
  return [...random.subarray(0, CODE_LENGTH)].map((byte) => CODE_ALPHABET[byte % CODE_ALPHABET.length]).join('');
}
