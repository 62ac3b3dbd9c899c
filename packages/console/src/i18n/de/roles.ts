import type { Texts } from '../en/index.ts';

export const roles: Texts['roles'] = {
  title: 'Rollen',
};
