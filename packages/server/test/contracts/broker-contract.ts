/** What every broker has to do, whatever carries the messages. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Broker } from '../../src/broker/broker.ts';

/** Nodes of one network, each with a broker of its own. */
export interface BrokerNetwork {
  join(): Promise<Broker>;
  close(): Promise<void>;
}

const bytes = (text: string) => () => Buffer.from(text);

/** Messages of a subject as text, and the moment when there are so many. */
function inbox(broker: Broker, subject: string) {
  const received: string[] = [];
  let wake: () => void = () => undefined;
  const stop = broker.subscribe(subject, (payload) => {
    received.push(Buffer.from(payload).toString());
    wake();
  });
  const until = async (count: number) => {
    while (received.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { received, stop, until };
}

export function brokerContract(name: string, open: () => Promise<BrokerNetwork>): void {
  describe(`${name} as a broker (GW-35)`, () => {
    let network: BrokerNetwork;
    let here: Broker;
    let there: Broker;
    beforeEach(async () => {
      network = await open();
      here = await network.join();
      there = await network.join();
    });
    afterEach(() => network.close());

    /** Delivers after everything that `here` published before: messages of one node keep their order. */
    async function delivered(): Promise<void> {
      const last = inbox(there, 'last.one');
      // A subscription may take a moment to be known to the others.
      const again = async (): Promise<void> => {
        here.publish('last.one', bytes('x'));
        await new Promise(setImmediate);
        if (last.received.length === 0) await again();
      };
      await again();
      last.stop();
    }

    it('brings messages to the other nodes, in order, with their bytes', async () => {
      const box = inbox(there, 'a.b_c-D1');
      await delivered();
      for (let number = 0; number < 100; number += 1) here.publish('a.b_c-D1', bytes(`${number} ü\u0000`));
      await box.until(100);
      expect(box.received).toEqual(Array.from({ length: 100 }, (_, number) => `${number} ü\u0000`));
    });

    it('does not bring a node its own messages, nor those of other subjects', async () => {
      const own = inbox(here, 'a');
      const other = inbox(there, 'a.b');
      await delivered();
      here.publish('a', bytes('own'));
      await delivered();
      expect([own.received, other.received]).toEqual([[], []]);
    });

    it('brings a message to every subscription of a node', async () => {
      const boxes = [inbox(there, 'a'), inbox(there, 'a')];
      await delivered();
      here.publish('a', bytes('x'));
      await Promise.all(boxes.map((box) => box.until(1)));
    });

    it('brings nothing before subscribe returns, nor after its end', async () => {
      const box = inbox(there, 'a');
      await delivered();
      here.publish('a', bytes('one'));
      await box.until(1);
      here.publish('a', bytes('two'));
      box.stop();
      await delivered();
      expect(box.received).toEqual(['one']);
    });

    it('loses what nobody listens to', async () => {
      here.publish('a', bytes('lost'));
      await delivered();
      const box = inbox(there, 'a');
      await delivered();
      expect(box.received).toEqual([]);
    });
  });
}
