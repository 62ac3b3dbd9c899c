/** A store whose secrets are sealed by the key ring that lies in it, as a server opens both. */
import type { KeyObject } from 'node:crypto';
import type { EntitySet } from '@open-remote-help/protocol';
import type { ManualClock } from '@open-remote-help/testkit';
import { KeyRing } from '../../src/access/key-ring.ts';
import type { Sealer } from '../../src/store/store.ts';
import type { OpenStore, Place } from './store-contract.ts';

/** What one server has of its database. */
export interface KeyedStore {
  readonly store: OpenStore;
  readonly clock: ManualClock;
  readonly keyRing: KeyRing;
}

/** Opens the store of a place as one more server would; `store.close` it at the end. */
export async function openKeyedStore(
  place: Place,
  sets: readonly EntitySet[],
  { clock, masterKey }: { readonly clock: ManualClock; readonly masterKey: KeyObject },
): Promise<KeyedStore> {
  let keyRing: KeyRing | undefined;
  const ring = (): KeyRing => {
    if (!keyRing) throw new Error('not open yet');
    return keyRing;
  };
  const sealer: Sealer = {
    seal: (plaintext, context) => ring().seal(plaintext, context),
    open: (sealed) => ring().open(sealed),
    reload: () => ring().reload(),
  };
  const store = await place.open(sets, sealer);
  keyRing = await KeyRing.open({ store, clock, masterKey });
  return { store, clock, keyRing };
}
