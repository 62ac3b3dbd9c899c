/** `remote-help keys rotate`. */
import { KEY_KINDS, type KeyKind } from '../access/key-material.ts';
import { type Command, UsageError } from './command.ts';
import { withData } from './with-data.ts';

export const commands: readonly Command[] = [
  {
    name: 'keys rotate',
    summary:
      'Makes new signing, cookie, data, gateway and code keys; a running server takes them over within a second. Old data keys keep opening what they sealed.',
    options: {
      kind: {
        value: 'KIND',
        doc: `One of ${KEY_KINDS.join(', ')}; all when left out. May be repeated.`,
        isRepeatable: true,
      },
      'revoke-old': { doc: 'Tokens signed with older keys are refused from now on.' },
    },
    run: (args, terminal) => {
      const kinds = kindsOf(args.options.kind);
      return withData(async ({ keyRing }) => {
        await keyRing.rotate({ kinds, revokeOldSigningKey: args.options['revoke-old'] === true });
        terminal.error(`New keys: ${kinds.join(', ')}.`);
        return 0;
      });
    },
  },
];

function kindsOf(given: unknown): readonly KeyKind[] {
  if (!Array.isArray(given)) return KEY_KINDS;
  return given.map((word: string) => {
    const kind = KEY_KINDS.find((known) => known === word);
    if (!kind) throw new UsageError(`There is no kind of key ${JSON.stringify(word)}.`);
    return kind;
  });
}
