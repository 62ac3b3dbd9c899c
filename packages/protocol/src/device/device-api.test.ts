import { describe, expect, it } from 'vitest';
import { enrollmentTokenText, readEnrollmentTokenText } from './device-api.ts';

const parts = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  tokenId: '01941f29-7c00-7000-8000-2ea1bb8e2ea1',
  secret: 'AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE',
};

describe('the text of an enrolment token', () => {
  it('reads back as what it was made of', () => {
    expect(readEnrollmentTokenText(enrollmentTokenText(parts))).toEqual(parts);
  });

  it.each([
    ['nothing', ''],
    ['another beginning', enrollmentTokenText(parts).replace('enroll', 'access')],
    ['one character less', enrollmentTokenText(parts).slice(0, -1)],
    ['one character more', `${enrollmentTokenText(parts)}a`],
    ['a line end', `${enrollmentTokenText(parts)}\n`],
    ['a secret with another character', `${enrollmentTokenText(parts).slice(0, -1)}=`],
  ])('is refused with %s', (_, text) => expect(readEnrollmentTokenText(text)).toBeUndefined());
});
