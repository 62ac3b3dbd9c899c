import type { Texts } from '../en/index.ts';

export const enrolment: Texts['enrolment'] = {
  title: 'Registrierung',
};
