import { MemoryStore } from '@open-remote-help/testkit';
import { describeSessions } from './sessions-contract.ts';

async function memory() {
  return {
    open: async (_sets: unknown, sealer: NonNullable<MemoryStore['sealer']>) => {
      const store = new MemoryStore();
      store.sealer = sealer;
      return Object.assign(store, { close: () => undefined });
    },
    remove: () => undefined,
  };
}

describeSessions('memory', memory, { runs: 60, actions: 80, sessions: 300 });
