/** `remoteHelp/enrollmentTokens`: the answer to the creation is the only one that holds the token. */
import { enrollmentTokenSecrets } from '../device/device-model.ts';
import { newTokenSecret, newTokenValues } from '../device/enrollment-token.ts';
import type { Behaviours } from './behaviours.ts';

export const enrollmentTokenBehaviours: Behaviours = {
  enrollmentTokens: {
    created: (values, { now }) => newTokenValues(values, now),
    beside: ({ id }, { caller }) => {
      const { text, write } = newTokenSecret(caller.tenantId, id);
      return { writes: [write], answered: { token: text } };
    },
    companions: [enrollmentTokenSecrets],
  },
};
