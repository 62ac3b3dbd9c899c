import { expect, it } from 'vitest';
import { MemoryNetwork } from '../../src/broker/memory-broker.ts';
import { brokerContract } from './broker-contract.ts';

brokerContract('the memory broker', async () => {
  const network = new MemoryNetwork();
  return { join: async () => network.join(), close: async () => undefined };
});

it('the memory broker encodes nothing that nobody would hear', () => {
  const network = new MemoryNetwork();
  const node = network.join();
  node.subscribe('a', () => undefined);
  let encoded = 0;
  node.publish('a', () => {
    encoded += 1;
    return new Uint8Array();
  });
  expect(encoded).toBe(0);
});
