import {
  dateTimeOffset,
  type EntitySet,
  entitySet,
  entityType,
  INTERNAL,
  int32,
  string,
} from '@open-remote-help/protocol';
import { describe, expect, it } from 'vitest';
import type { StoredEntity, Unit, Values, Write } from '../../store/store.ts';
import { decideUnits, gatherWrites, type Outcome } from './plan.ts';

const internal = { path: '', permissions: INTERNAL } as const;
const cups = entitySet('cups', entityType('cup', { name: string(), size: int32() }), internal);
const notes = entitySet('notes', entityType('note', { text: string() }), internal);
const meetings = entitySet('meetings', entityType('meeting', { at: dateTimeOffset() }), internal);
const sealer = { seal: () => new Uint8Array(), open: () => '' };

const key = (id: string, set: EntitySet = cups) => ({ set, tenantId: 't', id });
const row = (id: string): StoredEntity => ({ id, version: 3, values: { name: 'n', size: 1 } });
const insert = (id: string, set: EntitySet = cups, values: Values = {}): Write => ({
  kind: 'insert',
  ...key(id, set),
  values,
});
const update = (id: string, changes: Values): Write => ({
  kind: 'update',
  set: cups,
  tenantId: 't',
  before: row(id),
  changes,
});
const remove = (id: string): Write => ({ kind: 'delete', ...key(id) });

/** A unit that reads cups and writes. */
function unit(reads: readonly string[], ...writes: readonly Write[]): Unit<unknown> {
  return { reads: reads.map((id) => key(id)), decide: () => ({ writes, value: reads.join() }) };
}

function decide(...units: readonly Unit<unknown>[]): Outcome[] {
  return decideUnits(units, ({ reads }) => reads.map((read) => ('id' in read ? row(read.id) : undefined)), sealer);
}

function kinds(outcomes: readonly Outcome[]): string[] {
  return outcomes.map(({ kind }) => kind);
}

/** Statements as text: kind, table, changed columns, ids. */
function steps(...units: readonly Unit<unknown>[]): string[] {
  const writes = decide(...units).map((outcome) => (outcome.kind === 'accepted' ? outcome.writes : []));
  return gatherWrites(writes).map(({ shape, rows }) => {
    const changed = shape.kind === 'update' ? `(${shape.columns.map(({ name }) => name)})` : '';
    return `${shape.kind} ${shape.table.name}${changed} ${rows.map(([, id]) => id)}`;
  });
}

describe('decideUnits', () => {
  it('accepts units that touch different rows, and units that read the same', () => {
    expect(
      kinds(decide(unit(['a'], update('a', { size: 2 })), unit(['b'], remove('b')), unit(['c']), unit(['c']))),
    ).toEqual(['accepted', 'accepted', 'accepted', 'accepted']);
  });

  it.each([
    ['reads a row that another writes', unit(['a'], update('a', { size: 2 })), unit(['a'])],
    ['writes a row that another reads', unit(['a']), unit(['a'], remove('a'))],
    ['writes a row that another writes', unit([], remove('a')), unit([], remove('a'))],
    ['inserts what another read as absent', unit(['a']), unit([], insert('a'))],
  ])('puts off one that %s', (_, first, second) => {
    expect(kinds(decide(first, second))).toEqual(['accepted', 'deferred']);
  });

  it('gives the rows of units put off or refused to those behind them', () => {
    const failing: Unit<unknown> = {
      reads: [key('c')],
      decide: () => {
        throw new Error('no');
      },
    };
    const outcomes = decide(
      unit(['a'], remove('a')),
      unit(['a', 'b'], remove('b')),
      unit(['b'], remove('b')),
      failing,
      unit([], remove('c')),
    );
    expect(kinds(outcomes)).toEqual(['accepted', 'deferred', 'accepted', 'refused', 'accepted']);
  });

  it('refuses a unit whose values do not fit, or that breaks the rules of units', () => {
    const units = [
      unit(['a'], update('a', { size: 2 }), remove('a')),
      unit([], update('b', { size: 2 })),
      unit([], insert('c', meetings, { at: 'noon' })),
    ];
    for (const outcome of decide(...units))
      expect(outcome).toMatchObject({ kind: 'refused', error: expect.any(TypeError) });
  });
});

describe('gatherWrites', () => {
  it('makes one statement of each kind, table and set of changed columns', () => {
    const all = steps(
      unit(['a'], update('a', { size: 2 }), insert('1', notes)),
      unit(['b'], update('b', { size: 3 }), insert('2', notes)),
      unit(['c'], update('c', { size: 3, name: 'x' }), insert('3', notes)),
      unit([], insert('d'), insert('4', notes)),
      unit([], remove('e')),
    );
    expect(all).toEqual([
      'update cups(size) a,b',
      'insert notes 1,2,3,4',
      'update cups(name,size) c',
      'insert cups d',
      'delete cups e',
    ]);
  });

  it("keeps each unit's order within a table, so that what one write frees the next may take", () => {
    const all = steps(
      unit([], insert('a')),
      unit([], remove('b'), insert('c'), insert('1', notes)),
      unit([], insert('d')),
    );
    expect(all).toEqual(['insert cups a,d', 'delete cups b', 'insert cups c', 'insert notes 1']);
  });

  it('writes nothing for changes of nothing', () => {
    expect(steps(unit(['a'], update('a', {})))).toEqual([]);
  });
});
