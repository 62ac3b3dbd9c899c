/** AES-256-GCM (NIST SP 800-38D) with a random 96-bit IV: `prefix | IV | tag | ciphertext`. */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { freshRandom } from './random.ts';

const ALGORITHM = 'aes-256-gcm';
const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/**
 * Encrypts under a key given as KeyObject: a Buffer would be imported anew each time, five times the cost.
 * @param prefix put before the IV in clear, not authenticated
 * @param context authenticated, not contained (AAD)
 */
export function encrypt(key: KeyObject, prefix: Uint8Array, plaintext: string | Uint8Array, context: string): Buffer {
  const iv = freshRandom(IV_LENGTH);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH }).setAAD(Buffer.from(context));
  const ciphertext = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  // GCM has no blocks to fill: `update` gave all there is, `final` only makes the tag.
  cipher.final();
  return Buffer.concat([prefix, iv, cipher.getAuthTag(), ciphertext]);
}

/** @throws when anything was altered: ciphertext, tag, context; or the key is another. */
export function decrypt(key: KeyObject, bytes: Uint8Array, prefixLength: number, context: string): Buffer {
  const tagAt = prefixLength + IV_LENGTH;
  const textAt = tagAt + TAG_LENGTH;
  if (bytes.length < textAt) throw new Error('The ciphertext is too short.');
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(prefixLength, tagAt), {
    authTagLength: TAG_LENGTH,
  })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(tagAt, textAt));
  const plaintext = decipher.update(bytes.subarray(textAt));
  // Throws unless the tag is right.
  decipher.final();
  return plaintext;
}
