import { describe, expect, it } from 'vitest';
import { keepPendingSignIn, takePendingSignIn } from './pending-sign-in.ts';

const PENDING = { state: 's', nonce: 'n', codeVerifier: 'v', returnTo: '/devices/1?x=y#z' };

function storage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  const kept = new Map<string, string>();
  return {
    getItem: (name) => kept.get(name) ?? null,
    setItem: (name, value) => void kept.set(name, value),
    removeItem: (name) => void kept.delete(name),
  };
}

describe('a sign-in that has begun', () => {
  it('is taken out once', () => {
    const kept = storage();
    expect(takePendingSignIn(kept)).toBeUndefined();
    keepPendingSignIn(kept, PENDING);
    expect(takePendingSignIn(kept)).toEqual(PENDING);
    expect(takePendingSignIn(kept)).toBeUndefined();
  });

  it.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)'])(
    'leads to no %s',
    (to) => {
      const kept = storage();
      keepPendingSignIn(kept, { ...PENDING, returnTo: to });
      expect(takePendingSignIn(kept)?.returnTo).toBe('/');
    },
  );

  it.each(['', '{', 'null', '{"state":"s"}'])('is none where %j was stored', (text) => {
    const kept = storage();
    kept.setItem('pending-sign-in', text);
    expect(takePendingSignIn(kept)).toBeUndefined();
  });
});
