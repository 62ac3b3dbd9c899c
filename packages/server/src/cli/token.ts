/** `remote-help token`: one bearer token on standard output, and nothing else there. */
import { mintToken } from '../access/mint-token.ts';
import { readConfig } from '../config.ts';
import { type Arguments, type Command, textOf, UsageError } from './command.ts';
import { withData } from './with-data.ts';

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

export const commands: readonly Command[] = [
  {
    name: 'token',
    summary: 'Prints a bearer token. It speaks for the first admin unless --user or --role says otherwise.',
    options: {
      scope: { value: 'SCOPES', doc: 'Delegated permissions, separated by spaces: "A.Read.All B.ReadWrite.All".' },
      role: { value: 'ROLES', doc: 'Application permissions instead, for a token that speaks for no person.' },
      user: { value: 'NAME', doc: 'The account that it speaks for, by name or id.' },
      tenant: { value: 'NAME', doc: 'Name or id of the tenant, which is made if there is none.' },
      expires: { value: 'TIME', doc: 'How long it lives: 90s, 30m, 8h, 7d. One hour when left out.' },
    },
    run: async (args, terminal) => {
      if (args.words.length > 0)
        throw new UsageError('Put several permissions into one pair of quotes: --scope "A B".');
      const [scope, role, user, tenant] = ['scope', 'role', 'user', 'tenant'].map((name) => textOf(args, name));
      if ((scope === undefined) === (role === undefined)) throw new UsageError('Give either --scope or --role.');
      const expiresInSeconds = secondsOf(args);
      const token = await withData((identity) =>
        mintToken(identity, {
          publicUrl: readConfig().publicUrl,
          ...(scope === undefined ? {} : { scopes: wordsOf(scope) }),
          ...(role === undefined ? {} : { roles: wordsOf(role) }),
          ...(user === undefined ? {} : { user }),
          ...(tenant === undefined ? {} : { tenant }),
          ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
        }),
      );
      terminal.out(token);
      return 0;
    },
  },
];

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}

function secondsOf(args: Arguments): number | undefined {
  const text = textOf(args, 'expires');
  if (text === undefined) return undefined;
  const match = /^(\d{1,9})([smhd]?)$/.exec(text);
  if (!match) throw new UsageError('--expires takes a number and a unit: 90s, 30m, 8h, 7d.');
  return Number(match[1]) * (UNITS[match[2] || 's'] ?? 1);
}
