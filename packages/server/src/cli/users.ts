/** `remote-help user …`: accounts of the embedded issuer. */
import {
  addUser,
  findUser,
  listUsers,
  noUser,
  removeUser,
  scopesOf,
  setDisabled,
  setPassword,
} from '../access/accounts.ts';
import { resetSecondFactor, secondFactorOf } from '../access/second-factor.ts';
import { type Arguments, type Command, type Option, onlyWord, type Terminal, textOf } from './command.ts';
import { columns, TENANT_OPTION, tenantOf, withData } from './with-data.ts';

const PASSWORD_OPTION: Readonly<Record<'password-stdin', Option>> = {
  'password-stdin': { doc: 'Read the password from standard input instead of generating one.' },
};

/** Without the line break that `echo` adds. A password never stands among the arguments: others could read it there. */
async function givenPassword(args: Arguments, terminal: Terminal): Promise<string | undefined> {
  if (!args.options['password-stdin']) return undefined;
  return (await terminal.readInput()).replace(/\r?\n$/, '');
}

function tellPassword(password: string | undefined, terminal: Terminal): void {
  if (password === undefined) return;
  terminal.out(password);
  terminal.error('This password is shown once. It must be changed at the first sign-in.');
}

function switchCommand(name: 'disable' | 'enable', summary: string): Command {
  return {
    name: `user ${name}`,
    words: 'NAME@DOMAIN',
    summary,
    options: TENANT_OPTION,
    run: (args, terminal) =>
      withData(async (identity) => {
        const nameOrId = onlyWord(args, `the account to ${name}`);
        const tenantId = (await tenantOf(identity, args)).id;
        await setDisabled(identity, { tenantId, nameOrId, isDisabled: name === 'disable' });
        terminal.error(name === 'disable' ? `Disabled ${nameOrId}.` : `Enabled ${nameOrId}.`);
        return 0;
      }),
  };
}

export const commands: readonly Command[] = [
  {
    name: 'user add',
    words: 'NAME@DOMAIN',
    summary: 'Makes an account and prints its generated password.',
    options: {
      ...TENANT_OPTION,
      name: { value: 'TEXT', doc: 'The name that people see.' },
      mail: { value: 'ADDRESS', doc: 'Mail address.' },
      admin: { doc: 'May do everything in the tenant.' },
      scope: {
        value: 'SCOPES',
        doc: 'Permissions that its tokens may carry, separated by spaces; only reading when left out.',
      },
      ...PASSWORD_OPTION,
    },
    run: async (args, terminal) => {
      const userPrincipalName = onlyWord(args, 'the name to sign in with');
      const password = await givenPassword(args, terminal);
      const [displayName, mail, scope] = ['name', 'mail', 'scope'].map((name) => textOf(args, name));
      return withData(async (identity) => {
        const tenant = await tenantOf(identity, args);
        const added = await addUser(identity, {
          tenantId: tenant.id,
          userPrincipalName,
          isAdmin: args.options.admin === true,
          ...(displayName === undefined ? {} : { displayName }),
          ...(mail === undefined ? {} : { mail }),
          ...(scope === undefined ? {} : { allowedScopes: scope.split(/\s+/).filter(Boolean) }),
          ...(password === undefined ? {} : { password }),
        });
        terminal.error(`Added ${added.user.userPrincipalName} (${added.user.id}) to ${tenant.name}.`);
        tellPassword(added.password, terminal);
        return 0;
      });
    },
  },
  {
    name: 'user list',
    summary: 'Lists the accounts of a tenant.',
    options: TENANT_OPTION,
    run: (args, terminal) =>
      withData(async (identity) => {
        const users = await listUsers(identity.store, (await tenantOf(identity, args)).id);
        const rows = users.map((user) => [
          user.userPrincipalName,
          user.id,
          user.isDisabled ? 'disabled' : user.isAdmin ? 'admin' : 'user',
          user.isAdmin ? 'all' : scopesOf(user).join(' '),
        ]);
        for (const line of columns(['NAME', 'ID', 'KIND', 'SCOPES'], rows)) terminal.out(line);
        return 0;
      }),
  },
  {
    name: 'user remove',
    words: 'NAME@DOMAIN',
    summary: 'Removes an account and ends its sign-ins.',
    options: TENANT_OPTION,
    run: (args, terminal) =>
      withData(async (identity) => {
        const nameOrId = onlyWord(args, 'the account to remove');
        await removeUser(identity, { tenantId: (await tenantOf(identity, args)).id, nameOrId });
        terminal.error(`Removed ${nameOrId}.`);
        return 0;
      }),
  },
  switchCommand(
    'disable',
    'Refuses an account from now on and ends its sign-ins. Access tokens that it has are refused within a second.',
  ),
  switchCommand('enable', 'Lets a disabled account sign in again.'),
  {
    name: 'user passwd',
    words: 'NAME@DOMAIN',
    summary: 'Sets a new password, prints it if it is generated, and ends the sign-ins of the account.',
    options: { ...TENANT_OPTION, ...PASSWORD_OPTION },
    run: async (args, terminal) => {
      const nameOrId = onlyWord(args, 'the account');
      const password = await givenPassword(args, terminal);
      return withData(async (identity) => {
        const tenantId = (await tenantOf(identity, args)).id;
        const change = { tenantId, nameOrId, ...(password === undefined ? {} : { password }) };
        tellPassword(await setPassword(identity, change), terminal);
        return 0;
      });
    },
  },
  {
    name: 'user totp',
    words: 'NAME@DOMAIN',
    summary: 'Tells whether an account has a second factor, or forgets it.',
    options: {
      ...TENANT_OPTION,
      reset: { doc: 'Forget the second factor and its recovery codes, and end the sign-ins of the account.' },
    },
    run: (args, terminal) =>
      withData(async (identity) => {
        const nameOrId = onlyWord(args, 'the account');
        const tenantId = (await tenantOf(identity, args)).id;
        if (args.options.reset) {
          const wasThere = await resetSecondFactor(identity, { tenantId, nameOrId });
          terminal.error(wasThere ? `Reset the second factor of ${nameOrId}.` : `${nameOrId} has no second factor.`);
          return 0;
        }
        const user = await findUser(identity.store, { tenantId, nameOrId });
        if (!user) throw noUser(nameOrId);
        const factor = await secondFactorOf(identity, { tenantId, userId: user.id });
        terminal.out(
          factor
            ? `set up ${factor.setUpDateTime}, ${factor.recoveryCodesLeft} recovery codes left`
            : 'no second factor',
        );
        return 0;
      }),
  },
];
