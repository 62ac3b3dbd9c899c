import type { Texts } from '../en/index.ts';

export const audit: Texts['audit'] = {
  title: 'Überwachungsprotokoll',
};
