import { describe, expect, it } from 'vitest';
import { iceServersFor } from './ice-servers.ts';

const lease = { sessionId: '01941f29-7c00-7000-8000-2ea1bb8e2ea1', expiresAt: 1_767_225_600_999 };

describe('ICE servers', () => {
  // SHR-18: `echo -n 1767225600:01941f29-7c00-7000-8000-2ea1bb8e2ea1 | openssl dgst -sha1 -hmac north -binary | base64`
  it('are given with credentials as coturn checks them, where they relay', () => {
    const urls = ['stun:stun.example.org:3478', 'turn:turn.example.org?transport=udp', 'turns:turn.example.org:5349'];
    const username = '1767225600:01941f29-7c00-7000-8000-2ea1bb8e2ea1';
    const credential = '8BAf0EqR6iqvO6E3G3E34FmLKq4=';
    expect(iceServersFor({ urls, turnSecret: 'north' }, lease)).toEqual({
      iceServers: [
        { urls: 'stun:stun.example.org:3478' },
        { urls: 'turn:turn.example.org?transport=udp', username, credential },
        { urls: 'turns:turn.example.org:5349', username, credential },
      ],
      expirationDateTime: '2026-01-01T00:00:00.999Z',
    });
  });

  // SHR-17
  it('are none where none is set', () => {
    expect(iceServersFor({ urls: [], turnSecret: undefined }, lease).iceServers).toEqual([]);
  });
});
