import { createSecretKey, randomBytes } from 'node:crypto';
import { KeyRing } from '../../server/src/access/key-ring.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryStore } from './memory-store.ts';

/** A fresh store in memory with its key ring, for tests of accounts, keys and tokens. */
export async function memoryIdentity(clock = new ManualClock()) {
  const store = new MemoryStore();
  const masterKey = createSecretKey(randomBytes(32));
  const keyRing = await KeyRing.open({ store, clock, masterKey });
  store.sealer = keyRing;
  return { store, clock, keyRing, masterKey };
}
