import { describe, expect, it } from 'vitest';
import { newKeyMaterial, pairKeys } from './pair-keys.ts';
import type { ConnectionId } from './session.ts';

const [helper, sharer] = ['helper', 'sharer'] as ConnectionId[] as [ConnectionId, ConnectionId];

// SES-7.1
describe('keys of a pair', () => {
  it('are the same for the same pair, and others for another connection at either end or another session', () => {
    const material = newKeyMaterial();
    const keys = pairKeys(material, helper, sharer);
    expect(pairKeys(material, helper, sharer)).toEqual(keys);
    const others = [
      pairKeys(material, 'another' as ConnectionId, sharer),
      pairKeys(material, helper, 'another' as ConnectionId),
      pairKeys(material, helper, undefined),
      pairKeys(material, sharer, helper),
      pairKeys(newKeyMaterial(), helper, sharer),
    ];
    const all = [keys, ...others];
    expect(new Set(all.map(({ key }) => key)).size).toBe(all.length);
    expect(new Set(all.map(({ iv }) => iv)).size).toBe(all.length);
  });

  it('cannot be confused by ids that hold the boundary', () => {
    const material = newKeyMaterial();
    const one = pairKeys(material, 'a","b' as ConnectionId, 'c' as ConnectionId);
    expect(pairKeys(material, 'a' as ConnectionId, 'b","c' as ConnectionId)).not.toEqual(one);
  });
});
