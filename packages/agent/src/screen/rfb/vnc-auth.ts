/** VNC Authentication (RFC 6143, 7.2.2): a challenge, encrypted by DES under the password. */
import { createCipheriv } from 'node:crypto';

const KEY_BYTES = 8;

/**
 * The response to a challenge of 16 bytes.
 * @param password its first eight characters count, as Latin-1
 */
export function vncAuthResponse(password: string, challenge: Uint8Array): Uint8Array {
  const key = Buffer.alloc(KEY_BYTES);
  key.write(password.slice(0, KEY_BYTES), 'latin1');
  // RFC 6143, 7.2.2: the bits of each byte of the key are mirrored.
  for (let i = 0; i < KEY_BYTES; i++) key[i] = mirrored(key[i] ?? 0);
  // OpenSSL 3 has no DES outside of its legacy provider; triple DES with one key three times is the same.
  const cipher = createCipheriv('des-ede3-ecb', Buffer.concat([key, key, key]), null);
  cipher.setAutoPadding(false);
  return Buffer.concat([cipher.update(challenge), cipher.final()]);
}

function mirrored(byte: number): number {
  let bits = 0;
  for (let i = 0; i < 8; i++) if (byte & (1 << i)) bits |= 0x80 >> i;
  return bits;
}
