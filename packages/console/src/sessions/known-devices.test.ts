import { beforeEach, expect, it } from 'vitest';
import { knownDevices } from './known-devices.ts';

const ANNA = { tenantId: 'contoso', id: 'anna' };

beforeEach(() => localStorage.clear());

// EV-26
it('keeps fingerprints for each tenant and person, and nothing else', () => {
  knownDevices(localStorage, ANNA).remember('desk', 'one');
  knownDevices(localStorage, { ...ANNA, id: 'ben' }).remember('desk', 'two');
  const keyOf = (person: { tenantId?: string; id: string }) => knownDevices(localStorage, person).keyOf('desk');
  expect(keyOf(ANNA)).toBe('one');
  expect(keyOf({ ...ANNA, id: 'ben' })).toBe('two');
  expect([keyOf({ ...ANNA, tenantId: 'fabrikam' }), keyOf({ id: 'anna' })]).toEqual([undefined, undefined]);
  expect(knownDevices(localStorage, ANNA).keyOf('other')).toBeUndefined();
  expect(Object.values({ ...localStorage }).sort()).toEqual(['one', 'two']);
});
