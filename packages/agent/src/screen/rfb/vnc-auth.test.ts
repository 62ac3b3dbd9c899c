import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { vncAuthResponse } from './vnc-auth.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('VNC authentication', () => {
  it('encrypts the challenge by DES', () => {
    // FIPS 81, table B1: "Now is the time for " under 0123456789abcdef. The password is that key, its bits mirrored.
    const password = Buffer.from('80c4a2e691d5b3f7', 'hex').toString('latin1');
    expect(hex(vncAuthResponse(password, Buffer.from('Now is the time ')))).toBe('3fa40e8a984d48156a271787ab8883f9');
  });

  it('takes a short password as filled up with zeros, and eight characters of a long one', () => {
    const challenge = Buffer.alloc(16, 7);
    expect(hex(vncAuthResponse('longer than eight', challenge))).toBe(hex(vncAuthResponse('longer t', challenge)));
    expect(hex(vncAuthResponse('', challenge))).toBe(
      hex(createCipheriv('des-ede3-ecb', Buffer.alloc(24), null).setAutoPadding(false).update(challenge)),
    );
  });
});
