/** `remote-help audit verify`. */
import { type AuditFault, type AuditVerdict, chainedTenants, verifyAudit } from '../access/audit-verify.ts';
import { findTenant } from '../access/tenants.ts';
import { type Command, type Terminal, textOf } from './command.ts';
import { TENANT_OPTION, tenantOf, withData } from './with-data.ts';

const WHAT_IS_WRONG: Readonly<Record<AuditFault['kind'], string>> = {
  altered: 'was altered after it was chained',
  missing: 'was chained and is gone',
  unchained: 'is not chained: written a moment ago, or while no server ran, or put in beside it',
  brokenStretch: 'is a stretch of the chain that is gone, unreadable or cut off',
};

export const commands: readonly Command[] = [
  {
    name: 'audit verify',
    summary: 'Walks the chain of audit records and names each record that was altered, is missing or is not chained.',
    options: TENANT_OPTION,
    run: (args, terminal) =>
      withData(async (identity) => {
        const { store } = identity;
        const isOne = textOf(args, 'tenant') !== undefined;
        const ids = isOne ? [(await tenantOf(identity, args)).id] : await chainedTenants(store);
        let isWhole = true;
        for (const id of ids) {
          const verdict = await verifyAudit(store, id);
          report(verdict, (await findTenant(store, id))?.name ?? id, terminal);
          isWhole &&= verdict.faults.length === 0;
        }
        return isWhole ? 0 : 1;
      }),
  },
];

function report({ records, hash, faults }: AuditVerdict, name: string, terminal: Terminal): void {
  terminal.out(`${name}: ${records} records in the chain, which ends in ${hash}`);
  for (const { kind, id } of faults) terminal.out(`  ${id} ${WHAT_IS_WRONG[kind]}`);
}
