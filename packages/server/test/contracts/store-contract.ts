/** What every store promises its callers (`src/store/store.ts`), as tests. */
import { createSecretKey, randomBytes } from 'node:crypto';
import type { EntitySet } from '@open-remote-help/protocol';
import { afterAll, beforeAll, describe } from 'vitest';
import { DataKeys } from '../../src/access/data-keys.ts';
import type { Sealer, Store } from '../../src/store/store.ts';
import { describeEncoding } from './encoding-contract.ts';
import { describePaging } from './paging-contract.ts';
import { describeReading } from './reading-contract.ts';
import { describeTransactions } from './transaction-contract.ts';

export interface OpenStore extends Store {
  close(): void | Promise<void>;
}

/** Where a database lies, empty at first. */
export interface Place {
  /** Opens a store on it; may be called again, as by a second server or a later release. */
  open(sets: readonly EntitySet[], sealer: Sealer): Promise<OpenStore>;
  /** Runs a statement beside the store; rows as arrays. Absent where there is no SQL. */
  readonly sql?: (text: string) => Promise<readonly (readonly unknown[])[]>;
  /** How the statement writes bytes. */
  readonly literal?: (bytes: Uint8Array) => string;
  remove(): void | Promise<void>;
}

/** A store open for a suite, with what lies behind it. */
export interface Subject {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly place: Place;
}

/** One part of the contract; `subject` is there once tests run. */
export type Part = (subject: () => Subject) => void;

/** Parts that need nothing but the port. */
export const PORT_PARTS: readonly Part[] = [describeTransactions, describeReading, describePaging, describeEncoding];

export function describeStore(
  name: string,
  sets: readonly EntitySet[],
  create: () => Promise<Place>,
  parts: readonly Part[] = PORT_PARTS,
): void {
  describe(`the store on ${name}`, () => {
    let subject: Subject & { readonly store: OpenStore };

    beforeAll(async () => {
      const place = await create();
      const sealer = testSealer();
      subject = { place, sealer, store: await place.open(sets, sealer) };
    });

    afterAll(async () => {
      await subject?.store.close();
      await subject?.place.remove();
    });

    for (const part of parts) part(() => subject);
  });
}

/** The product's own sealing, under a key made for the test. */
export function testSealer(): Sealer {
  const material = createSecretKey(randomBytes(32));
  return new DataKeys([
    { id: 'data-1', kind: 'data', generation: 1, isRevoked: false, material, publicKey: undefined },
  ]);
}
