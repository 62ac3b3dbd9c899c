import { MemoryStore } from '@open-remote-help/testkit';
import { contractSets } from './contract-sets.ts';
import { describeStore, type Place } from './store-contract.ts';
import { describeTransactions } from './transaction-contract.ts';

/** Plain objects, that other tests use in a database's place. */
async function memory(): Promise<Place> {
  return {
    open: async (_sets, sealer) => {
      const store = new MemoryStore();
      store.sealer = sealer;
      return Object.assign(store, { close: () => undefined });
    },
    remove: () => undefined,
  };
}

// It knows neither views nor pages by position, and keeps values as they were given: what tests rely on is `transact`.
describeStore('plain objects', contractSets, memory, [describeTransactions]);
