/** Several servers on one database: units of all of them are one after the other. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoredEntity, Unit } from '../../src/store/store.ts';
import { contractSets, Tenant, writing } from './contract-sets.ts';
import { type OpenStore, type Place, testSealer } from './store-contract.ts';

const NODES = 3;
const THINGS = 4;
const MOVES_OF_A_NODE = 60;
const EACH = 100;

export function describeNodes(name: string, create: () => Promise<Place>): void {
  describe(`${NODES} servers on ${name}`, () => {
    let where: Place;
    let nodes: OpenStore[];

    beforeAll(async () => {
      where = await create();
      const sealer = testSealer();
      nodes = [];
      for (let index = 0; index < NODES; index++) nodes.push(await where.open(contractSets, sealer));
    });

    afterAll(async () => {
      await Promise.all(nodes.map((node) => node.close()));
      await where.remove();
    });

    /** Takes from one thing and gives to another, addressed by id or alternate key, in either order. */
    const move = fc.record({
      from: fc.nat(THINGS - 1),
      step: fc.integer({ min: 1, max: THINGS - 1 }),
      isByCode: fc.tuple(fc.boolean(), fc.boolean()),
    });

    const moves = fc.array(move, { minLength: NODES * MOVES_OF_A_NODE, maxLength: NODES * MOVES_OF_A_NODE });
    type Move = typeof move extends fc.Arbitrary<infer T> ? T : never;

    function unitOf(tenant: Tenant, { from, step, isByCode }: Move, index: number): Unit<undefined> {
      const pair = [String(from), String((from + step) % THINGS)];
      return {
        reads: pair.map((id, at) => (isByCode[at] ? tenant.byCode(`code of ${id}`) : tenant.byId(id))),
        decide: (rows) => {
          const [giver, taker] = rows as [StoredEntity, StoredEntity];
          const resize = (row: StoredEntity, by: number) =>
            tenant.update(row, { size: (row.values.size as number) + by });
          return { writes: [resize(giver, -1), resize(taker, 1), tenant.record(`move-${index}`)], value: undefined };
        },
      };
    }

    it('move what is there from one to another, and lose or make nothing', async () => {
      const check = fc.asyncProperty(moves, async (all) => {
        const tenant = new Tenant();
        const ids = Array.from({ length: THINGS }, (_, index) => String(index));
        await nodes[0]?.transact(writing(...ids.map((id) => tenant.insert(id, { size: EACH }))));
        await Promise.all(all.map((one, index) => nodes[index % NODES]?.transact(unitOf(tenant, one, index))));
        const sizes = ids.map((_, thing) =>
          all.reduce((size, { from, step }) => {
            const to = (from + step) % THINGS;
            return size - Number(from === thing) + Number(to === thing);
          }, EACH),
        );
        for (const node of nodes) {
          const { entities } = await node.query(tenant.all());
          expect(entities.map(({ values }) => values.size)).toEqual(sizes);
          expect(entities.reduce((sum, { version }) => sum + version - 1, 0)).toBe(2 * all.length);
        }
      });
      await fc.assert(check, { numRuns: 1, endOnFailure: true });
    });

    it('make an entity if it is missing, each of them, and one is made', async () => {
      const tenant = new Tenant();
      const made = await Promise.all(
        Array.from({ length: NODES * 10 }, (_, index) =>
          (nodes[index % NODES] as OpenStore).transact<boolean>({
            reads: [tenant.byCode('wanted')],
            decide: ([row]) => ({
              writes: row ? [] : [tenant.insert(`by-${index}`, { code: 'wanted' })],
              value: !row,
            }),
          }),
        ),
      );
      expect(made.filter((isMaker) => isMaker)).toHaveLength(1);
    });
  });
}
