/** `remote-help app …`: client applications of the embedded issuer. */
import { addApplication, listApplications, removeApplication } from '../access/applications.ts';
import { type Arguments, type Command, onlyWord } from './command.ts';
import { columns, TENANT_OPTION, tenantOf, withData } from './with-data.ts';

export const commands: readonly Command[] = [
  {
    name: 'app add',
    words: 'NAME',
    summary: 'Registers a client application and prints its client secret.',
    options: {
      ...TENANT_OPTION,
      role: { value: 'ROLE', doc: 'A permission of its own tokens. May be repeated.', isRepeatable: true },
      'redirect-uri': {
        value: 'URL',
        doc: 'Where people come back to after signing in. May be repeated.',
        isRepeatable: true,
      },
      public: { doc: 'It cannot keep a secret (a page, a command line): it gets none, and no tokens of its own.' },
    },
    run: async (args, terminal) => {
      const displayName = onlyWord(args, 'a name for the application');
      return withData(async (identity) => {
        const tenant = await tenantOf(identity, args);
        const { application, clientSecret } = await addApplication(identity, {
          tenantId: tenant.id,
          displayName,
          allowedRoles: listOf(args, 'role'),
          redirectUris: listOf(args, 'redirect-uri'),
          isPublic: args.options.public === true,
        });
        terminal.out(`tenant id      ${tenant.id}`);
        terminal.out(`client id      ${application.id}`);
        if (clientSecret !== undefined) {
          terminal.out(`client secret  ${clientSecret}`);
          terminal.error('The secret is shown once.');
        }
        return 0;
      });
    },
  },
  {
    name: 'app list',
    summary: 'Lists the client applications of a tenant.',
    options: TENANT_OPTION,
    run: (args, terminal) =>
      withData(async (identity) => {
        const applications = await listApplications(identity.store, (await tenantOf(identity, args)).id);
        const rows = applications.map(({ displayName, id, isPublic, allowedRoles }) => [
          displayName,
          id,
          isPublic ? 'public' : 'confidential',
          allowedRoles.join(' '),
        ]);
        for (const line of columns(['NAME', 'CLIENT ID', 'KIND', 'ROLES'], rows)) terminal.out(line);
        return 0;
      }),
  },
  {
    name: 'app remove',
    words: 'NAME',
    summary: 'Removes a client application: it gets no tokens any more.',
    options: TENANT_OPTION,
    run: (args, terminal) =>
      withData(async (identity) => {
        const nameOrId = onlyWord(args, 'the application to remove');
        await removeApplication(identity, { tenantId: (await tenantOf(identity, args)).id, nameOrId });
        terminal.error(`Removed ${nameOrId}.`);
        return 0;
      }),
  },
];

function listOf(args: Arguments, name: string): readonly string[] {
  const value = args.options[name];
  return Array.isArray(value) ? value : [];
}
