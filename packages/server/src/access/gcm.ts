/** AES-256-GCM (NIST SP 800-38D) with a random 96-bit IV: `prefix | IV | tag | ciphertext`. */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
const IV_LENGTH = 12;
const TAG_LENGTH = 16;

/**
 * Encrypts under a key given as KeyObject: a Buffer would be imported anew each time, five times the cost.
 * @param prefix put before the IV in clear, not authenticated
 * @param context authenticated, not contained (AAD)
 */
export function encrypt(key: KeyObject, prefix: Uint8Array, plaintext: string | Uint8Array, context: string): Buffer {
  const iv = randomBytes(IV_LENGTH);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH }).setAAD(Buffer.from(context));
  const head = typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext);
  const tail = cipher.final();
  return Buffer.concat([prefix, iv, cipher.getAuthTag(), head, tail]);
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
  return Buffer.concat([decipher.update(bytes.subarray(textAt)), decipher.final()]);
}
