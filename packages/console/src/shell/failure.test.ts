import { describe, expect, it } from 'vitest';
import { GraphError } from '../graph/graph-error.ts';
import { en } from '../i18n/en/index.ts';
import { failureWords } from './failure.tsx';

const error = (status: number, message: string, more: { retryAfterSeconds?: number; requestId?: string } = {}) =>
  new GraphError({ status, code: 'x', message, ...more });

describe('a failure in words', () => {
  it('names the permissions that would do, and no raw refusal', () => {
    const words = failureWords(en, error(403, 'One of Apps.Read.All Apps.ReadWrite.All Apps.Read.All is needed.'));
    expect(words.text).toContain('Apps.Read.All, Apps.ReadWrite.All.');
    expect(words.detail).toBeUndefined();
  });

  it('leaves a refusal by role to what the server says, beside the way out', () => {
    const words = failureWords(en, error(403, 'Your role does not reach this device.'));
    expect(words).toMatchObject({ text: en.failures.forbidden(''), detail: 'Your role does not reach this device.' });
  });

  it.each([
    [0, en.failures.offlineTitle],
    [404, en.failures.notFoundTitle],
    [409, en.failures.conflictTitle],
    [412, en.failures.conflictTitle],
    [503, en.failures.unavailableTitle],
    [500, en.failures.unexpectedTitle],
  ])('of status %i has a title of its own', (status, title) => {
    expect(failureWords(en, error(status, 'm')).title).toBe(title);
  });

  it('says how long to wait, what was refused, and by which id a fault is found', () => {
    expect(failureWords(en, error(429, 'm', { retryAfterSeconds: 7 })).text).toContain('7 seconds');
    expect(failureWords(en, error(400, 'reason is too long.')).text).toBe('reason is too long.');
    expect(failureWords(en, error(500, 'm', { requestId: 'r1' })).detail).toContain('r1');
    expect(failureWords(en, new TypeError('a bug')).text).toBe(en.failures.unexpected);
  });
});
